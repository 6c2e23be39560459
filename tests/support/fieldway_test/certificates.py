"""A certificate authority of the test's own."""
import pathlib
import subprocess

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    """Signs certificates; `ca` is the file that trusts it."""

    def __init__(self, folder, name="Fieldway test CA"):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self.ca = self._folder / "ca.pem"
        self._run("req", "-x509", *NEW_KEY, "-days", "2", "-subj", f"/CN={name}",
                  "-keyout", self._folder / "ca.key", "-out", self.ca)

    def _run(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def below(self, name):
        """An authority that this one vouches for; `ca` is its own certificate."""
        lower = Authority(self._folder / name, name)
        request, extensions = lower._folder / "ca.csr", lower._folder / "ca.conf"
        extensions.write_text("basicConstraints=critical,CA:TRUE\n", encoding="ascii")
        lower._run("req", "-new", "-key", lower._folder / "ca.key", "-subj", f"/CN={name}",
                   "-out", request)
        self._run("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                  self._folder / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
                  "-out", lower.ca)
        return lower

    def certificate(self, name, alternatives=None, days=2):
        """(certificate, key): files. `alternatives`: DNS:localhost,IP:127.0.0.1"""
        key, request, certificate = (self._folder / f"{name}.{end}"
                                     for end in ("key", "csr", "pem"))
        self._run("req", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        more = []
        if alternatives:
            extensions = self._folder / f"{name}.conf"
            extensions.write_text(f"subjectAltName={alternatives}\n", encoding="ascii")
            more = ["-extfile", extensions]
        self._run("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._folder / "ca.key",
                  "-CAcreateserial", "-days", str(days), *more, "-out", certificate)
        return certificate, key
