"""What tutorials do with servers that need one another: Flask, redis and MariaDB from their images."""

import shlex

import pytest

import server_images
from harness import wait
from harness.network import fetch
from server_images import box, engine, hub, prompt, rows, sh, terminal  # noqa: F401

pytestmark = [
    pytest.mark.skipif(server_images.reason() is not None, reason=str(server_images.reason())),
    pytest.mark.needs("ordinary-machine"),
    pytest.mark.timeout(180),  # whoever comes first makes the images
]


FLASK = """
import os
import socket
from flask import Flask
from redis import Redis, RedisError
redis = Redis(host=os.environ.get("REDIS", "127.0.0.1"), socket_connect_timeout=2, socket_timeout=2)
app = Flask(__name__)
@app.route("/")
def hello():
    try:
        visits = redis.incr("counter")
    except RedisError:
        visits = "none"
    return f"{os.getenv('NAME', 'world')} {socket.gethostname()} {visits}"
app.run(host="0.0.0.0", port=int(os.environ.get("PORT", 80)), debug=bool(os.environ.get("DEBUG")))
"""


@pytest.fixture
def app(sh):
    (sh.folder / "app").mkdir()
    (sh.folder / "app/app.py").write_text(FLASK)
    return sh.folder / "app"


class TestFlask:
    def test_from_a_folder(self, sh, app, terminal):
        terminal.type('swiftainer run -p 5000:5000 -e PORT=5000 -v "$(pwd)/app:/app" -w /app python:3.8-slim python app.py')
        terminal.see("Running on all addresses (0.0.0.0)")
        [row] = rows(sh("swiftainer ps"))
        assert fetch("http://localhost:5000") == f"world {row[0]} none"
        terminal.press("C-c")
        prompt(terminal)
        assert rows(sh("swiftainer ps")) == []

    def test_an_image_of_it_is_shared(self, sh, app, hub):
        """Without a Dockerfile: what it would do is done in a container, and committed."""
        sh("swiftainer create --name made python && swiftainer cp app made:/")
        lines = ["WORKDIR /app", "EXPOSE 80", "ENV NAME=World", 'CMD ["python", "app.py"]']
        sh(f"swiftainer commit {' '.join(f'-c {shlex.quote(line)}' for line in lines)} made friendlyhello")
        sh("swiftainer rm made")
        short = sh("swiftainer run -d -p 4000:80 friendlyhello")[:12]
        assert fetch("http://localhost:4000") == f"World {short} none"
        assert short in sh("swiftainer container ls")
        assert sh(f"swiftainer container kill {short}") == f"{short}\n"
        there = f"{hub.name}/john/get-started"
        sh(f"swiftainer tag friendlyhello {there}:part2")
        made = sh("swiftainer image ls -q friendlyhello").strip()
        assert {tuple(row[:3]) for row in rows(sh("swiftainer image ls"))} >= {
            ("friendlyhello", "latest", made), (there, "part2", made),
        }
        said = sh(f"swiftainer push {there}:part2").splitlines()
        assert said[0] == f"The push refers to repository [{there}]" and said[-1].startswith("part2: digest: sha256:"), said
        sh("swiftainer container rm $(swiftainer container ls -a -q)")
        sh("swiftainer image rm -f $(swiftainer image ls -a -q)")
        assert rows(sh("swiftainer image ls -a")) == []
        sh("swiftainer pull python")
        short, *said = sh(f"swiftainer run -d -p 4000:80 {there}:part2").splitlines()
        assert said[:2] == [f"Unable to find image '{there}:part2' locally", "part2: Pulling from john/get-started"], said
        base = sh("swiftainer inspect -f '{{index .RootFS.Layers 0}}' python")[7:19]
        assert f"{base}: Already exists" in said, said
        assert said[-1] == f"Status: Downloaded newer image for {there}:part2", said
        assert fetch("http://localhost:4000") == f"World {short[:12]} none"

    def test_visits_are_counted_by_redis(self, sh, app, terminal):
        sh("swiftainer network create flask-net")
        sh("swiftainer run --name redis -d --network flask-net redis")
        wait.until(lambda: "PONG" in sh("swiftainer exec redis redis-cli ping || true"), "redis answers")
        terminal.type("swiftainer exec -it redis redis-cli ping")
        terminal.see("\nPONG")
        flags = "-v $(pwd)/app:/app -w /app -e NAME=Flask -e REDIS=redis"
        sh(f"swiftainer run -d --name flask-app --network flask-net -p 5000:80 {flags} python python app.py")
        assert fetch("http://localhost:5000").split()[::2] == ["Flask", "1"]
        assert fetch("http://localhost:5000").split()[::2] == ["Flask", "2"]
        assert sh("swiftainer run --rm --network flask-net redis redis-cli -h redis get counter") == "2\n"
        # Its connection ends before that with which it is connected does.
        sh("swiftainer rm -f flask-app")


class TestDatabase:
    def test_what_is_stored_outlives_its_container(self, sh):
        sh("swiftainer network create flask-net")
        start = "swiftainer run -d --name my-mysql --network flask-net -v data:/var/lib/mysql"
        ask = "swiftainer run --rm --network flask-net mariadb mariadb -h my-mysql -u root -proot123 -N -e"

        def ready():
            answer = sh("swiftainer exec my-mysql mariadb -u root -proot123 -e 'select 1' 2>&1 || true")
            return answer.startswith("1")

        sh(f"{start} -e MYSQL_ROOT_PASSWORD=root123 -e MYSQL_DATABASE=mydb mysql:5.7")
        wait.until(ready, "the database answers", 60)
        sh(f'{ask} "create table mydb.goods (name text); insert into mydb.goods values (\'pear\')"')
        # A database that is killed may lose its last second.
        sh("swiftainer stop my-mysql && swiftainer rm my-mysql")
        # It has its password already.
        sh(f"{start} mariadb")
        wait.until(ready, "the database answers again", 60)
        assert sh(f'{ask} "select name from mydb.goods"') == "pear\n"
        assert "data" in sh("swiftainer volume ls -q")
        assert "is in use" in sh("swiftainer volume rm data", 1)
