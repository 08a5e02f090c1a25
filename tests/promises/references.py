"""Reference servers for P1, from Debian's packages, each as a proxy in front of one upstream: nginx, haproxy, Apache, h2o.
Started on free ports with their files in a temporary directory, and ended by their own handles."""

import os
import shutil
import socket
import subprocess
import tempfile

import promise
from harness import wait_until

NGINX = """daemon off; master_process off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
  uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e; client_header_timeout 2s; client_body_timeout 2s;
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1;
    proxy_set_header Host $host; proxy_set_header Connection close; proxy_next_upstream off; }} }} }}
"""
HAPROXY = """global
  maxconn 512
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout http-request 60s
frontend in
  bind 127.0.0.1:{port}
  default_backend up
backend up
  option http-server-close
  server one 127.0.0.1:{upstream}
"""
APACHE = """ServerRoot {dir}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {dir}/pid
ErrorLog {dir}/error.log
{modules}
User www-data
Group www-data
Timeout 2
ProxyPass / http://127.0.0.1:{upstream}/ disablereuse=on retry=0
"""
MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http")
H2O = """listen: {{host: 127.0.0.1, port: {port}}}
pid-file: {dir}/pid
error-log: {dir}/error.log
user: root
num-threads: 1
http1-request-timeout: 2
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: http://127.0.0.1:{upstream}/
        proxy.preserve-host: ON
        proxy.timeout.keepalive: 0
"""


def modules():
    """The line for each that is not built in."""
    folder = "/usr/lib/apache2/modules"
    return "\n".join(f"LoadModule {one}_module {folder}/mod_{one}.so" for one in MODULES
                     if os.path.exists(f"{folder}/mod_{one}.so"))


COMMANDS = {"nginx": (NGINX, lambda path: ["-c", path, "-p", os.path.dirname(path)]),
            "haproxy": (HAPROXY, lambda path: ["-db", "-f", path]),
            "apache2": (APACHE, lambda path: ["-D", "FOREGROUND", "-f", path]),
            "h2o": (H2O, lambda path: ["-m", "worker", "-c", path])}


def installed():
    return [name for name in COMMANDS if promise.on_path(name)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Reference:
    def __init__(self, name, upstream):
        template, arguments = COMMANDS[name]
        self.name, self.port = name, free_port()
        self.directory = tempfile.mkdtemp(prefix="pointsman-ref-")
        os.chmod(self.directory, 0o777)
        path = os.path.join(self.directory, "conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(template.format(dir=self.directory, port=self.port, upstream=upstream, modules=modules()))
        self.log = open(os.path.join(self.directory, "out"), "wb")
        self.child = subprocess.Popen([promise.on_path(name), *arguments(path)], stdin=subprocess.DEVNULL, stdout=self.log,
                                      stderr=self.log, cwd=self.directory)

    def __enter__(self):
        wait_until(self.listens, lambda: f"{self.name} listens: {self.told()}")
        return self

    def told(self):
        with open(os.path.join(self.directory, "out"), encoding="utf-8", errors="replace") as file:
            return file.read()[-500:]

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
