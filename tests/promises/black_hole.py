"""A network in which a peer can vanish without a word: a pair of virtual interfaces, its far end in a namespace of its
own. Needs root; made and removed with `ip`."""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading

import promise

CLONE_NEWNET = 0x40000000


def ip(*arguments, quiet=False):
    run = subprocess.run([promise.on_path("ip") or "ip", *arguments], capture_output=True, text=True, check=False)
    if run.returncode != 0 and not quiet:
        raise promise.Skip(f"network namespaces cannot be made here: ip {arguments[0]}: {run.stderr.strip()}")
    return run


class BlackHole:
    """`near` and `far` are addresses that reach each other until vanish()."""

    def __init__(self):
        if os.geteuid() != 0 or promise.on_path("ip") is None:
            raise promise.Skip("network namespaces need root and the command ip")
        number = os.getpid() % 200 + 20
        self.name, self.device = f"pm{os.getpid()}", f"pm{os.getpid()}n"[:15]
        self.near, self.far = f"10.231.{number}.1", f"10.231.{number}.2"

    def __enter__(self):
        far = self.device[:-1] + "f"
        try:
            ip("netns", "add", self.name)
            ip("link", "add", self.device, "type", "veth", "peer", "name", far)
            ip("link", "set", far, "netns", self.name)
            ip("addr", "add", f"{self.near}/24", "dev", self.device)
            ip("link", "set", self.device, "up")
            ip("-n", self.name, "addr", "add", f"{self.far}/24", "dev", far)
            ip("-n", self.name, "link", "set", far, "up")
            ip("-n", self.name, "link", "set", "lo", "up")
            shown = ip("-n", self.name, "-o", "link", "show", far).stdout
            # Known for good, so that packets go on being sent when nobody is there to be asked.
            ip("neigh", "replace", self.far, "lladdr", shown.split("link/ether ")[1].split()[0], "dev", self.device,
               "nud", "permanent")
        except BaseException:
            self.__exit__()
            raise
        self.far_device = far
        return self

    def __exit__(self, *_):
        ip("link", "del", self.device, quiet=True)
        ip("netns", "del", self.name, quiet=True)

    def vanish(self):
        """From now on the far end takes no packet, and sends none: not a reset, not an ICMP message."""
        ip("-n", self.name, "addr", "flush", "dev", self.far_device)

    def socket(self):
        """A TCP socket at the far end. Namespaces belong to threads, so that one is made for it."""
        made = []

        def make():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/var/run/netns/{self.name}", "rb") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) == 0:
                    made.append(socket.socket())

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made:
            raise promise.Skip("a thread cannot enter a network namespace here")
        return made[0]

    def free_port(self):
        with contextlib.closing(socket.socket()) as probe:
            probe.bind((self.near, 0))
            return probe.getsockname()[1]
