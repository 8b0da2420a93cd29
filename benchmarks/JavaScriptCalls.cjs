// Prints what the TypeScript compiler binds every call of JavaScript and TypeScript sources to; benchmarks/truth.py runs it.
//
//   node JavaScriptCalls.cjs ROOT FOLDER-WITH-node_modules
//
// One line a call, tab-separated: path, line, byte column of the last identifier of the callee, then I with path,
// qualified name and line of the name of the declaration, or E for one that is not in these files. A class stands for
// its constructor, an overload for the function that is behind it, a method of an interface for itself. What the
// compiler takes for `any`, a parameter or a variable without a function is left out.

const fs = require("fs");
const path = require("path");
const [root, beside] = process.argv.slice(2).map((each) => path.resolve(each));
const ts = require(path.join(beside, "node_modules", "typescript"));

function sources(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sources(file);
    return /\.[cm]?[jt]sx?$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name) ? [file] : [];
  });
}

const program = ts.createProgram(sources(root), {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  typeRoots: [path.join(beside, "node_modules", "@types")],
  types: ["node"],
});
const checker = program.getTypeChecker();

function isOurs(file) {
  return file.fileName.startsWith(root + path.sep) && !file.isDeclarationFile;
}

/** The node that names what is called: `c` of `a.b.c()`. */
function named(callee) {
  while (ts.isParenthesizedExpression(callee) || ts.isNonNullExpression(callee)) callee = callee.expression;
  if (ts.isPropertyAccessExpression(callee)) return callee.name;
  return ts.isIdentifier(callee) || callee.kind === ts.SyntaxKind.SuperKeyword ? callee : undefined;
}

/** The name of a function, its own or that of what it is given to. */
function nameOf(declaration) {
  const given = declaration.parent;
  if (ts.isConstructorDeclaration(declaration)) return given.name ?? nameOf(given);
  if (declaration.name) return declaration.name;
  if (given && (ts.isVariableDeclaration(given) || ts.isPropertyAssignment(given) || ts.isPropertyDeclaration(given)))
    return given.name;
  if (given && ts.isBinaryExpression(given)) return named(given.left) ?? given.left;
  return declaration;
}

function isCallable(declaration) {
  // A function of ours without a body is a type, or what an interface or an abstract class asks for.
  const asked = ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration);
  const written = declaration.body || asked || !isOurs(declaration.getSourceFile());
  return ts.isClassLike(declaration) || (ts.isFunctionLike(declaration) && Boolean(written));
}

/** The function or class that a call reaches: a node, or undefined where that is not known. */
function target(node, name) {
  let symbol = checker.getSymbolAtLocation(name);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declarations = symbol?.declarations ?? [];
  if (name.kind === ts.SyntaxKind.SuperKeyword) {
    const within = ts.findAncestor(node, ts.isClassLike);
    const base = within?.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    const of = base && checker.getTypeAtLocation(base.expression).symbol;
    return of?.declarations?.find(ts.isClassLike);
  }
  if (ts.isNewExpression(node)) {
    const made = declarations.find(ts.isClassLike);
    if (made) return made;
  }
  const bound = checker.getResolvedSignature(node)?.declaration;
  if (bound && !ts.isJSDocSignature(bound) && !bound.body) {
    const behind = bound.symbol?.declarations?.find((each) => each.body);
    if (behind && isCallable(behind)) return behind;
  }
  if (bound && isCallable(bound) && !ts.isJSDocSignature(bound)) return bound;
  const said = declarations[0];
  if (said && ts.isVariableDeclaration(said) && said.initializer && isCallable(said.initializer)) return said.initializer;
  return said && isCallable(said) ? said : undefined;
}

function qualified(declaration) {
  const parts = [];
  for (let node = declaration; node; node = node.parent) {
    if (isCallable(node) && !ts.isConstructorDeclaration(node)) parts.unshift(nameOf(node).getText().split(/\s/)[0]);
  }
  return parts.join(".").slice(0, 200);
}

function place(file, at) {
  const { line } = file.getLineAndCharacterOfPosition(at);
  const start = file.getPositionOfLineAndCharacter(line, 0);
  return [path.relative(root, file.fileName), line + 1, Buffer.byteLength(file.text.slice(start, at))];
}

for (const file of program.getSourceFiles().filter(isOurs)) {
  const visit = (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const name = named(node.expression);
      const reached = name && target(node, name);
      if (reached) {
        const where = place(file, name.getStart(file)).join("\t");
        const of = reached.getSourceFile();
        // What a type that is written in a comment or a .d.ts of the package declares is no code of it.
        if (isOurs(of)) {
          const at = nameOf(reached);
          const [to, line] = place(of, at.getStart(of));
          console.log([where, "I", to, qualified(reached), line].join("\t"));
        } else if (!of.fileName.startsWith(root + path.sep)) console.log(where + "\tE");
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}
