//! `linklet shorten URL`: shorten an address from the terminal.
use std::env;
use std::process::exit;

/// What the user asked for.
enum Command {
    Shorten(String),
    Help,
}

fn parse_arguments(arguments: &[String]) -> Command {
    match arguments {
        [verb, target] if verb == "shorten" => Command::Shorten(target.clone()),
        _ => Command::Help,
    }
}

/// The body of the request that shortens `target`.
fn request_body(target: &str) -> String {
    format!("{{\"target\": \"{}\"}}", target.replace('"', "%22"))
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match parse_arguments(&arguments) {
        Command::Shorten(target) => println!("{}", request_body(&target)),
        Command::Help => {
            eprintln!("usage: linklet shorten URL");
            exit(2);
        }
    }
}
