"""Images made without any engine: layers by tarfile, and what names them."""

import gzip
import io
import json
import platform
import subprocess
import tarfile

from .registry import digest

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHITECTURE = ARCHITECTURES.get(platform.machine(), platform.machine())

TYPES = {
    "oci": {
        "index": "application/vnd.oci.image.index.v1+json",
        "manifest": "application/vnd.oci.image.manifest.v1+json",
        "config": "application/vnd.oci.image.config.v1+json",
        "layer": "application/vnd.oci.image.layer.v1.tar",
        "gzip": "+gzip",
        "zstd": "+zstd",
    },
    "docker": {
        "index": "application/vnd.docker.distribution.manifest.list.v2+json",
        "manifest": "application/vnd.docker.distribution.manifest.v2+json",
        "config": "application/vnd.docker.container.image.v1+json",
        "layer": "application/vnd.docker.image.rootfs.diff.tar",
        "gzip": ".gzip",
        "zstd": ".zstd",
    },
}


def entry(name, **fields):
    """A member of an archive that is not a plain file, as tarfile has it."""
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def archive(members=(), folder=None):
    """An archive of `members`, which are `(name, bytes)` or `entry(...)`, after what is in a folder."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        if folder is not None:
            for path in sorted(folder.iterdir()):
                tar.add(path, path.name, filter=as_root)
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                name, content = member
                made = entry(name, size=len(content), mode=0o644)
                tar.addfile(made, io.BytesIO(content))
    return stream.getvalue()


def as_root(member):
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


class Layer:
    """An archive, and as it lies in a registry."""

    def __init__(self, content, compression="gzip"):
        self.archive, self.compression = content, compression
        self.diff_id = digest(content)
        if compression == "gzip":
            self.blob = gzip.compress(content, 6, mtime=0)
        elif compression == "zstd":
            self.blob = subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout
        else:
            self.blob = content

    @classmethod
    def of(cls, *members, compression="gzip", folder=None):
        return cls(archive(members, folder), compression)


def descriptor(type, data, **others):
    return {"mediaType": type, "digest": digest(data), "size": len(data), **others}


class Image:
    """Layers from the lowest on, with a configuration. `kind` says in whose words; `config` what to execute."""

    def __init__(self, *layers, config=None, kind="oci", architecture=ARCHITECTURE, **others):
        self.layers, self.kind, self.architecture = layers, kind, architecture
        self.type = TYPES[kind]["manifest"]
        self.config = json.dumps(
            {
                "created": "2020-01-01T00:00:00Z",
                "architecture": architecture,
                "os": "linux",
                "config": config or {},
                "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
                "history": [{"created_by": f"layer {number}"} for number, _ in enumerate(layers)],
                **others,
            }
        ).encode()
        words = TYPES[kind]
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": self.type,
                "config": descriptor(words["config"], self.config),
                "layers": [
                    descriptor(words["layer"] + words.get(layer.compression, ""), layer.blob) for layer in layers
                ],
            }
        ).encode()

    @property
    def id(self):
        return digest(self.config)

    @property
    def digest(self):
        return digest(self.manifest)

    def blobs(self):
        return [*{layer.diff_id: layer.blob for layer in self.layers}.values(), self.config]

    def manifests(self):
        """What names what, the outermost last."""
        return [(self.manifest, self.type)]


class Index:
    """Images for several platforms under one name."""

    def __init__(self, *images, kind="oci"):
        self.images = images
        self.type = TYPES[kind]["index"]
        entries = [
            descriptor(image.type, image.manifest, platform={"os": "linux", "architecture": image.architecture})
            for image in images
        ]
        self.manifest = json.dumps({"schemaVersion": 2, "mediaType": self.type, "manifests": entries}).encode()

    @property
    def digest(self):
        return digest(self.manifest)

    def blobs(self):
        return [blob for image in self.images for blob in image.blobs()]

    def manifests(self):
        return [pair for image in self.images for pair in image.manifests()] + [(self.manifest, self.type)]
