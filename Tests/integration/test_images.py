"""Images: made, listed, named, run, changed, packed and removed."""

import bz2
import gzip
import json
import lzma
import os
import shutil
import stat
import subprocess
import tarfile

import pytest

from harness.images import ARCHITECTURE, Image, Layer
from harness.registry import digest
from image_fixtures import archive, box, busybox, engine, good, layout, lines  # noqa: F401


class TestRun:
    def test_its_command_and_surroundings(self, engine, archive):
        change = [
            'CMD ["-c", "echo $GREETING; id -un; pwd; echo $HOME"]', 'ENTRYPOINT ["sh"]', "ENV GREETING=hello",
            "USER guest", "WORKDIR /tmp",
        ]
        passwd = "root:x:0:0:root:/root:/bin/sh\nguest:x:1234:1234:guest:/home/guest:/bin/sh\n"
        good(engine("import", archive, "base"))
        name = good(engine("create", "base", "sh", "-c", f"printf '{passwd}' > /etc/passwd")).strip()
        good(engine("start", "-a", name))
        flags = [word for line in reversed(change) for word in ("-c", line)]
        good(engine("commit", *flags, name, "greeter"))
        # An entrypoint that is said makes the command of before nobody's.
        good(engine("commit", *[w for line in (change[1], change[0], *change[2:]) for w in ("-c", line)], name, "greeter"))
        assert lines(engine("run", "--rm", "greeter")) == ["hello", "guest", "/tmp", "/home/guest"]
        assert lines(engine("run", "--rm", "-e", "GREETING=hi", "-u", "root", "-w", "/", "greeter"))[:3] == ["hi", "root", "/"]
        assert lines(engine("run", "--rm", "greeter", "-c", "echo other")) == ["other"]
        assert lines(engine("run", "--rm", "--entrypoint", "echo", "greeter", "said")) == ["said"]

    def test_nothing_to_run(self, engine, archive):
        good(engine("import", archive, "empty"))
        result = engine("run", "--rm", "empty")
        assert result.code == 125 and "no command specified" in result.stderr, str(result)

    def test_labels_ports_stop_signal_and_health(self, engine, archive):
        lines_of = ["EXPOSE 80 53/udp", "LABEL kind=test", "STOPSIGNAL SIGUSR1", "VOLUME /data", "CMD sleep 1000"]
        good(engine("import", *[w for line in lines_of for w in ("-c", line)], archive, "told"))
        name = good(engine("run", "-d", "told")).strip()
        [one] = json.loads(good(engine("inspect", name)))
        assert one["Config"]["Labels"] == {"kind": "test"} and one["Config"]["StopSignal"] == "SIGUSR1"
        assert set(one["Config"]["ExposedPorts"]) == {"80/tcp", "53/udp"}
        assert [mount["Destination"] for mount in one["Mounts"]] == ["/data"]
        assert one["Image"] == json.loads(good(engine("image", "inspect", "told")))[0]["Id"]
        assert good(engine("ps", "--format", "{{.Image}}")) == "told\n"
        good(engine("rm", "-f", "-v", name))
        assert good(engine("volume", "ls", "-q")) == ""

    def test_image_stays_as_it_is(self, engine, busybox):
        good(engine("run", "--rm", "busybox", "sh", "-c", "echo changed > /etc/new; rm /bin/ls"))
        assert lines(engine("run", "--rm", "busybox", "sh", "-c", "ls /bin/ls; ls /etc/new 2>&1 | wc -l")) == ["/bin/ls", "1"]

    def test_variables_have_one_value_each(self, engine, archive):
        good(engine("import", "-c", "ENV FOO=image", "-c", "ENV GONE=1", "-c", "CMD env", archive, "told"))
        name = good(engine("create", "-e", "FOO=mine", "-e", "GONE", "-e", "NEW=1", "told")).strip()
        [one] = json.loads(good(engine("inspect", name)))
        assert [word for word in one["Config"]["Env"] if not word.startswith("PATH=")] == ["FOO=mine", "NEW=1"]
        assert {"FOO=mine", "NEW=1"} <= set(lines(engine("start", "-a", name)))

    @pytest.mark.needs("ordinary-machine")
    def test_a_number_is_no_name_of_the_images(self, engine, archive):
        good(engine("import", archive, "base"))
        name = good(engine("create", "base", "sh", "-c", "echo 1000:x:0:0::/:/bin/sh >> /etc/passwd")).strip()
        good(engine("start", "-a", name))
        good(engine("commit", name, "hostile"))
        assert good(engine("run", "--rm", "-u", "1000", "hostile", "id", "-u")) == "1000\n"

    def test_by_id_and_by_a_part_of_it(self, engine, busybox):
        for word in (busybox, busybox.removeprefix("sha256:"), busybox[7:19], "docker.io/library/busybox:latest"):
            assert good(engine("run", "--rm", word, "echo", "here")) == "here\n"

    def test_a_folder_of_that_name_is_not_meant(self, engine, busybox, scratch):
        (scratch / "busybox").mkdir()
        done = subprocess.run(
            [engine.program, "run", "--rm", "busybox", "echo", "image"], cwd=scratch, env=engine.environment,
            capture_output=True, text=True,
        )
        assert (done.returncode, done.stdout) == (0, "image\n"), done

    def test_program_that_is_killed(self, engine, scratch):
        """It cannot tell itself, so it is told of it."""
        programs = scratch / "programs"
        programs.mkdir()
        shutil.copy(engine.program, programs)
        (programs / "swiftainer-images").write_text("#!/bin/sh\nkill -KILL $$\n")
        (programs / "swiftainer-images").chmod(0o755)
        done = subprocess.run([programs / "swiftainer", "run", "nope"], capture_output=True, text=True, env=engine.environment)
        assert done.returncode == 125 and done.stderr.endswith("swiftainer-images: it was ended by signal 9\n"), done

    def test_never_pulled(self, engine):
        result = engine("run", "--rm", "--pull", "never", "nope", "true")
        assert (result.code, result.stderr) == (125, "swiftainer: No such image: nope:latest\n")

    @pytest.mark.parametrize("flag", ["--dry-run", "--pull=never"])
    def test_folder_that_is_not_there(self, engine, scratch, flag):
        """Who has mistyped its path is told so; a name that begins with no folder here is an image's."""
        (scratch / "out").mkdir()
        for word, hint in (("out/nope", " (nor is there a folder out/nope)"), ("other/nope", "")):
            done = subprocess.run(
                [engine.program, "run", flag, word, "true"],
                capture_output=True, text=True, cwd=scratch, env=engine.environment,
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (125, f"swiftainer: No such image: {word}:latest{hint}\n"), done

    @pytest.mark.parametrize(
        "flags, words",
        [
            (["--name", "/"], "invalid container name"), (["--name", "taken"], "Conflict"),
            (["--cidfile", "/etc/passwd"], "--cidfile /etc/passwd"),
            (["--mount", "type=bind,src=/no/such,dst=/x"], "--mount source=/no/such"),
            (["--volumes-from", "nobody"], "No such container: nobody"), (["--network", "nowhere"], "nowhere"),
        ],
        ids=lambda value: value if isinstance(value, str) else " ".join(value),
    )  # fmt: skip
    @pytest.mark.parametrize("verb", ["run", "create"])
    def test_what_is_wrong_is_told_before_anything_is_fetched(self, engine, verb, flags, words):
        good(engine("create", "--name", "taken", engine.box))
        [line] = engine(verb, *flags, "127.0.0.1:1/nope").stderr.splitlines()
        assert words in line and "127.0.0.1" not in line


@pytest.mark.needs("ordinary-machine")
class TestNames:
    def test_list(self, engine, busybox):
        good(engine("tag", "busybox", "example.com/team/app:v1"))
        [head, *rows] = lines(engine("images"))
        assert head.split() == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
        assert sorted(row.split()[:3] for row in rows) == [
            ["busybox", "latest", busybox[7:19]], ["example.com/team/app", "v1", busybox[7:19]],
        ]
        assert lines(engine("image", "ls", "-q")) == [busybox[7:19]]
        assert lines(engine("images", "-q", "--no-trunc", "busybox")) == [busybox]
        assert lines(engine("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=*:latest")) == ["busybox:latest"]
        assert lines(engine("images", "nope", "-q")) == []

    @pytest.mark.parametrize(
        "name, words",
        [
            ("Upper", "must be lowercase"), ("a:b:c", "invalid reference format"),
            ("a//b", "invalid reference format"), ("busybox@sha256:12", "invalid reference format"),
        ],
    )
    def test_that_are_none(self, engine, busybox, name, words):
        result = engine("tag", "busybox", name)
        assert result.code == 1 and words in result.stderr, str(result)

    def test_forced_removal_of_what_is_missing(self, engine, busybox):
        """It is told, and is no failure; the others go."""
        result = engine("rmi", "-f", "nope", "busybox")
        assert (result.code, result.stderr) == (0, "swiftainer: No such image: nope:latest\n"), str(result)
        assert "Untagged: busybox:latest" in result.stdout.splitlines()

    def test_missing(self, engine):
        for words in (["tag", "nope", "new"], ["history", "nope"], ["rmi", "nope"], ["image", "inspect", "nope"], ["save", "-o", "/dev/null", "nope"]):
            result = engine(*words)
            assert result.code == 1 and "No such image: nope:latest" in result.stderr, str(result)

    def test_a_name_taken_over_leaves_a_dangling_one(self, engine, busybox, archive):
        other = good(engine("import", "-m", "other", archive, "busybox")).strip()
        assert other != busybox
        rows = lines(engine("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", "--no-trunc"))
        assert sorted(rows) == sorted([f"busybox:latest {other}", f"<none>:<none> {busybox}"])
        assert lines(engine("images", "-q", "-f", "dangling=true")) == [busybox[7:19]]
        pruned = lines(engine("image", "prune", "-f"))
        assert f"deleted: {busybox}" in pruned and pruned[-1].startswith("Total reclaimed space: ")
        assert lines(engine("images", "-q")) == [other[7:19]]


class TestRemoval:
    def test_name_by_name(self, engine, busybox):
        good(engine("tag", "busybox", "second:v2"))
        assert lines(engine("rmi", "second:v2")) == ["Untagged: second:v2"]
        [untagged, deleted, layer] = lines(engine("rmi", "busybox"))
        assert (untagged, deleted) == ("Untagged: busybox:latest", f"Deleted: {busybox}")
        assert layer.startswith("Deleted: sha256:")
        assert lines(engine("images", "-q")) == []
        assert os.listdir(engine.data / "images/blobs/sha256") == []
        assert [name for name in os.listdir(engine.data / "layers") if len(name) == 64] == []

    def test_not_while_a_container_uses_it(self, engine, busybox):
        name = good(engine("create", "busybox")).strip()
        result = engine("rmi", "busybox")
        assert result.code == 1 and "must force" in result.stderr and name[:12] in result.stderr, str(result)
        # Forced, its name goes; the container has it all the same.
        assert lines(engine("rmi", "-f", "busybox"))[0] == "Untagged: busybox:latest"
        good(engine("container", "start", name))
        good(engine("wait", name))
        good(engine("rm", name))
        good(engine("image", "prune", "-f"))
        assert [one for one in os.listdir(engine.data / "layers") if len(one) == 64] == []


class TestCommit:
    def test_what_a_container_has_changed(self, engine, busybox):
        name = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()
        good(engine("exec", name, "sh", "-c", "echo hello > /etc/motd; rm /bin/vi; mkdir -p /a/b; ln -s b /a/c"))
        made = good(engine("commit", "-a", "me", "-m", "a change", name, "mine:v2")).strip()
        script = "cat /etc/motd; ls /bin/vi 2>&1 | wc -l; readlink /a/c; ls /a"
        assert lines(engine("run", "--rm", "mine:v2", "sh", "-c", script)) == ["hello", "1", "b", "b", "c"]
        [head, last, first] = lines(engine("history", "mine:v2"))
        assert head.split() == ["IMAGE", "CREATED", "CREATED", "BY", "SIZE", "COMMENT"]
        assert last.split()[0] == made[7:19] and last.endswith("a change") and "sleep 1000" in last
        assert first.split()[0] == busybox[7:19]
        [one] = json.loads(good(engine("image", "inspect", "mine:v2")))
        assert one["Author"] == "me" and one["RepoTags"] == ["mine:v2"] and len(one["RootFS"]["Layers"]) == 2
        assert lines(engine("diff", name))[0] == "A /a"
        # It runs on: it was paused for a moment only.
        assert good(engine("inspect", "-f", "{{.State.Status}}", name)) == "running\n"

    @pytest.mark.needs("ordinary-machine")
    def test_twice(self, engine, busybox):
        image = "busybox"
        for number in range(5):
            name = good(engine("create", image, "sh", "-c", f"echo {number} > /n{number}")).strip()
            good(engine("start", "-a", name))
            image = f"deep:{number}"
            good(engine("commit", "-c", "CMD sh", name, image))
        assert lines(engine("run", "--rm", "deep:4", "sh", "-c", "cat /n*")) == [str(n) for n in range(5)]

    def test_of_a_rootfs(self, engine):
        name = good(engine("run", "-d", engine.box, "sleep", "1000")).strip()
        good(engine("exec", name, "touch", "/made"))
        good(engine("commit", name, "from-folder"))
        assert good(engine("run", "--rm", "from-folder", "ls", "/made")) == "/made\n"


@pytest.mark.needs("ordinary-machine")
class TestArchives:
    def test_there_and_back(self, engine, busybox, scratch):
        file = scratch / "image.tar"
        good(engine("save", "-o", file, "busybox"))
        with tarfile.open(file) as made:
            names = made.getnames()
        assert {"manifest.json", "index.json", "oci-layout"} <= set(names)
        good(engine("rmi", "busybox"))
        assert lines(engine("load", "-i", file)) == ["Loaded image: busybox:latest"]
        assert lines(engine("images", "-q", "--no-trunc")) == [busybox]
        assert good(engine("run", "--rm", "busybox", "echo", "back")) == "back\n"

    def test_a_repository_is_all_of_its_tags(self, engine, busybox, archive, scratch):
        other = good(engine("import", "-m", "other", archive, "web:v2")).strip()
        good(engine("tag", "busybox", "web:v1"))
        good(engine("tag", "busybox", "elsewhere:v1"))
        good(engine("save", "-o", scratch / "web.tar", "web"))
        good(engine("tag", "busybox", "web"))
        good(engine("save", "-o", scratch / "all.tar", "web"))
        good(engine("rmi", "-f", busybox, other))
        for file, tags in (("web.tar", {"v1", "v2"}), ("all.tar", {"v1", "v2", "latest"})):
            assert set(lines(engine("load", "-i", scratch / file))) == {f"Loaded image: web:{tag}" for tag in tags}
        assert lines(engine("images", "-q", "--no-trunc", "web:v2")) == [other]

    def test_path_as_the_image(self, engine, busybox, scratch):
        file = scratch / "image.tar"
        good(engine("save", "-o", file, "busybox"))
        good(engine("rmi", "busybox"))
        result = engine("run", "--rm", file, "echo", "from a file")
        assert (result.code, result.stdout) == (0, "from a file\n"), str(result)

    def test_path_of_several_names(self, engine, busybox, scratch):
        """One image, whatever it is called; of several, one has to be named."""
        file = scratch / "image.tar"
        good(engine("tag", "busybox", "second:v2"))
        good(engine("save", "-o", file, "busybox", "second:v2"))
        good(engine("rmi", "busybox", "second:v2"))
        planned = engine("run", "--dry-run", file, "true")
        assert planned.code == 125 and "its image is not loaded (swiftainer load -i" in planned.stderr, str(planned)
        assert lines(engine("images", "-q")) == []
        assert good(engine("run", "--rm", file, "echo", "from a file")) == "from a file\n"
        assert lines(engine("images", "--format", "{{.Repository}}:{{.Tag}}")) == ["busybox:latest", "second:v2"]
        name = good(engine("create", "busybox")).strip()
        good(engine("commit", name, "third"))
        good(engine("save", "-o", file, "busybox", "third"))
        result = engine("run", "--rm", file, "true")
        assert result.code == 125 and "it holds 2 images" in result.stderr, str(result)

    def test_layout_is_not_planned_as_a_root(self, engine, layout):
        folder = layout(Image(Layer.of(("file", b"x"))))
        result = engine("run", "--dry-run", folder, "true")
        assert result.code == 125 and "its image is not loaded" in result.stderr and result.stdout == "", str(result)

    @pytest.mark.parametrize("variant", ["v-9223372036854775807", "v9223372036854775807"])
    def test_variants_that_are_none(self, engine, layout, variant):
        folder = layout(Image(Layer.of(("file", b"x"))))
        index = json.loads((folder / "index.json").read_text())
        platform = {"architecture": ARCHITECTURE, "os": "linux", "variant": variant}
        inner = json.dumps({"schemaVersion": 2, "manifests": [{**index["manifests"][0], "platform": platform}]}).encode()
        (folder / "blobs/sha256" / digest(inner).removeprefix("sha256:")).write_bytes(inner)
        index["manifests"][0] |= {
            "mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest(inner), "size": len(inner),
        }  # fmt: skip
        (folder / "index.json").write_text(json.dumps(index))
        result = engine("load", "-i", folder)
        assert result.code == 1 and result.stderr.startswith("swiftainer: "), str(result)
        result = engine("run", "--rm", folder, "true")
        assert result.code == 125 and result.stderr.startswith("swiftainer: "), str(result)

    @pytest.mark.parametrize("form", [gzip, bz2, lzma], ids=["gzip", "bzip2", "xz"])
    def test_compressed_files(self, engine, busybox, archive, scratch, form):
        packed = scratch / "packed"
        good(engine("save", "-o", scratch / "image.tar", "busybox"))
        packed.write_bytes(form.compress((scratch / "image.tar").read_bytes()))
        good(engine("rmi", "busybox"))
        assert lines(engine("load", "-i", packed)) == ["Loaded image: busybox:latest"]
        assert good(engine("images", "-q", "--no-trunc", "busybox")) == f"{busybox}\n"
        # Not the last bytes, which may be a checksum's padding.
        packed.write_bytes(packed.read_bytes()[:-100])
        result = engine("load", "-i", packed)
        assert result.code == 1 and len(result.stderr.splitlines()) == 1 and str(packed) in result.stderr, str(result)
        packed.write_bytes(form.compress(archive.read_bytes()))
        made = good(engine("import", packed)).strip()
        assert good(engine("run", "--rm", made, "/bin/sh", "-c", "echo up")) == "up\n"

    def test_export(self, engine, busybox, scratch):
        name = good(engine("run", "-d", "busybox", "sh", "-c", "echo x > /new; sleep 1000")).strip()
        good(engine("exec", name, "sh", "-c", "until [ -s /new ]; do :; done"))
        good(engine("export", "-o", scratch / "files.tar", name))
        with tarfile.open(scratch / "files.tar") as made:
            assert made.extractfile("./new" if "./new" in made.getnames() else "new").read() == b"x\n"
        made = good(engine("import", scratch / "files.tar", "flat")).strip()
        assert good(engine("run", "--rm", made, "cat", "/new")) == "x\n"

    def test_devices_and_pipes_stay_what_they_are(self, engine, busybox, scratch):
        os.mknod(scratch / "null", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        good(engine("save", "-o", scratch / "null", "busybox"))
        assert stat.S_ISCHR((scratch / "null").stat().st_mode)
        assert sorted(one.name for one in scratch.iterdir() if one.name.startswith("null")) == ["null"]

    def test_not_to_a_terminal_and_nothing_half(self, engine, busybox, scratch):
        result = engine("save", "-o", scratch / "no/such/folder.tar", "busybox")
        assert result.code == 1 and "no/such" in result.stderr
        result = engine("load", "-i", scratch / "nothing.tar")
        assert result.code == 1 and "nothing.tar" in result.stderr
        (scratch / "bad.tar").write_bytes(os.urandom(4096))
        result = engine("load", "-i", scratch / "bad.tar")
        assert result.code == 1 and "bad.tar" in result.stderr and len(result.stderr.splitlines()) == 1, str(result)
