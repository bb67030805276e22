"""A CA of a test's own."""

import ssl
import subprocess


class Authority:
    """A CA of a test's own, and a certificate of it for this machine; the usual registry can be played with it as well."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        self.certificate, self.key, self.server, self.server_key = (
            folder / name for name in ("ca.pem", "ca.key", "server.pem", "server.key")
        )
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        self.openssl(
            "req", "-x509", *curve, "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=a CA for tests"
        )
        self.openssl("req", *curve, "-keyout", self.server_key, "-out", folder / "request", "-subj", "/CN=localhost")
        (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:index.docker.io\n")
        self.openssl(
            *("x509", "-req", "-in", folder / "request", "-CA", self.certificate, "-CAkey", self.key),
            *("-CAcreateserial", "-days", "2", "-extfile", folder / "names", "-out", self.server),
        )

    @staticmethod
    def openssl(*arguments, input=None):
        done = subprocess.run(["openssl", *map(str, arguments)], input=input, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def context(self):
        """Of a client that trusts nobody else."""
        return ssl.create_default_context(cafile=str(self.certificate))
