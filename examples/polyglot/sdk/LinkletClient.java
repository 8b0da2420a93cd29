package org.linklet.sdk;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** The client for other services. */
public final class LinkletClient {
    private final URI base;
    private final HttpClient http = HttpClient.newHttpClient();

    public LinkletClient(URI base) {
        this.base = base;
    }

    /** Returns the short address of a target. */
    public URI shorten(String target) throws IOException, InterruptedException {
        HttpResponse<String> answer = post("/links", "{\"target\": \"" + target + "\"}");
        if (answer.statusCode() != 201) {
            throw new IOException("linklet answered " + answer.statusCode());
        }
        return base.resolve("/" + codeOf(answer.body()));
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String codeOf(String body) {
        return body.replaceAll(".*\"code\": *\"([^\"]*)\".*", "$1");
    }
}
