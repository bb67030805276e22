"""Other programs for images, with stores of a test's own: podman, buildah, skopeo and umoci."""

import os
import shutil
import subprocess

from . import host

PROGRAMS = ("podman", "buildah", "skopeo", "umoci")

# crun refuses hybrid hierarchies of cgroups. What podman mounts ends with the namespace.
NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
UNIFIED = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"'


def reason(*programs):
    """Why they cannot be asked here, or None."""
    missing = [program for program in programs if shutil.which(program) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


class Peers:
    """Runs them; what they keep is below `folder`."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        # The files that are to hold locks are otherwise shared with the machine's podman.
        (folder / "containers.conf").write_text('[engine]\nlock_type = "file"\n')
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def run(self, *words, code=0):
        done = subprocess.run(
            [str(word) for word in words],
            env={**os.environ, "CONTAINERS_CONF": str(self.folder / "containers.conf")},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, f"{' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def podman(self, verb, *words):
        """Without cgroups and without limits of its own: it could set neither everywhere."""
        flags = ["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--storage-driver", "vfs"]
        for option in ("root", "runroot", "tmpdir"):
            flags += [f"--{option}", self.folder / "podman" / option]
        if verb == "run":
            words = ("--cgroups", "disabled", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit",
                     "nproc=1024:1024", *words)
        if verb in ("pull", "push"):
            words = ("-q", "--tls-verify=false", *words)
        is_unified = host.hierarchies().get("unified") == "/sys/fs/cgroup"
        return self.run(*NAMESPACE, 'exec "$@"' if is_unified else UNIFIED, "sh", "podman", *flags, verb, *words)

    def buildah(self, verb, *words):
        if verb in ("from", "push"):
            words = ("-q", "--tls-verify=false", *words)
        if verb == "run":
            words = ("--isolation", "chroot", *words)
        store = ["--root", self.folder / "buildah/root", "--runroot", self.folder / "buildah/run"]
        return self.run("buildah", *store, "--storage-driver", "vfs", verb, *words).strip()

    def skopeo(self, source, target):
        """Copies an image; a registry need not prove who it is."""
        self.run("skopeo", "--policy", self.folder / "policy.json", "copy", "-q", "--preserve-digests",
                 "--src-tls-verify=false", "--dest-tls-verify=false", source, target)

    def umoci(self, *words):
        return self.run("umoci", *words)
