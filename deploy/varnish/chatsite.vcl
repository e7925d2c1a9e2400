vcl 4.1;

# chatsite behind Varnish. Run chatsite with CHAT_TRUSTED_PROXIES=1.
#
# Varnish does no TLS. For https put hitch in front of it, which hands the visitor's address on by the PROXY protocol:
# start varnishd with `-a 127.0.0.1:8443,PROXY`, and hitch with `frontend = "[*]:443"`, `backend = "[127.0.0.1]:8443"`,
# `write-proxy-v2 = on` and `alpn-protos = "http/1.1"`. One proxy is trusted then, too, and CHAT_HTTPS=on.

import std;

backend chatsite {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 5s;
    .first_byte_timeout = 30s;
    .between_bytes_timeout = 30s;
    # No probe: there is no other backend, and it makes every restart seconds longer.
}

sub vcl_recv {
    # Headers that the server believes are overwritten: a client may have sent its own.
    set req.http.X-Forwarded-For = client.ip;
    if (std.port(server.ip) == 443) { # what hitch received
        set req.http.X-Forwarded-Proto = "https";
    } else {
        set req.http.X-Forwarded-Proto = "http";
    }
    unset req.http.X-Forwarded-Host;
    unset req.http.X-Forwarded-Port;
    unset req.http.X-Real-IP;
    unset req.http.Forwarded;

    if (std.integer(req.http.Content-Length, 0) > 65536) {
        return (synth(413));
    }

    # In a pipe Varnish no longer looks at what a client sends, headers of further requests included. So nothing but a
    # WebSocket may be piped: chatsite closes the connection of a handshake that it refuses. The parameter pipe_timeout
    # (60 seconds) is longer than the silence of a WebSocket, 25 seconds.
    if (req.url ~ "^/ws/" && req.method == "GET" && req.http.Upgrade ~ "(?i)^websocket$") {
        return (pipe);
    }

    # Static files have the hash of their content in their name. Everything else is somebody's own page.
    if (req.url ~ "^/static/" && (req.method == "GET" || req.method == "HEAD")) {
        unset req.http.Cookie;
        return (hash);
    }
    return (pass);
}

sub vcl_pipe {
    # Varnish leaves both out, and pages could not connect.
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
}
