"""A registry of one image that keeps the last byte of a layer to itself."""

import http.server
import threading

from .registry import digest


class Stalling:
    """Answers to any repository's name; `is_stalled` is set when all but that byte has gone out."""

    def __init__(self, image, layer):
        contents = {digest(blob): blob for blob in image.blobs()}
        self.is_stalled = is_stalled = threading.Event()
        self.is_over = is_over = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                last = self.path.rsplit("/", 1)[1]
                content = image.manifest if "/manifests/" in self.path else contents.get(last, b"")
                self.send_response(200)
                self.send_header("Content-Type", image.type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "HEAD":
                    return
                if content == layer:
                    self.wfile.write(content[:-1])
                    is_stalled.set()
                    is_over.wait()
                else:
                    self.wfile.write(content)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.name = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()
