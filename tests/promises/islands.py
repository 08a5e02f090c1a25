"""Network namespaces, each with a way to clients and providers and another to a database that can be cut by itself, in
one direction or in both. Needs root; made and removed with `ip`.

A cut way is a wrong hardware address at its beginning: packets leave and nobody takes them, no reset and no ICMP message
tells. Connections stay open and go on where they were when the way is whole again, if nobody has given them up.
"""

import os

import promise
from black_hole import ip

ISLANDS = "10.232.0.0/16"  # all of them
NOBODY = "02:00:00:00:00:99"


def link_address(*arguments):
    return ip(*arguments).stdout.split("link/ether ")[1].split()[0]


class Island:
    """`database` and `outside` are addresses of this side, `inside` one of the island."""

    def __init__(self, number):
        if os.geteuid() != 0 or promise.on_path("ip") is None:
            raise promise.Skip("network namespaces need root and the command ip")
        net = f"10.232.{os.getpid() % 60 * 4 + number}"
        self.database, self.inside, self.outside, self.asking = (f"{net}.{host}" for host in (1, 2, 3, 4))
        self.name = f"pmi{os.getpid()}-{number}"
        self.near, self.far = f"pm{os.getpid() % 100000}{number}n", f"pm{os.getpid() % 100000}{number}f"
        self.within = (promise.on_path("ip"), "netns", "exec", self.name)

    def __enter__(self):
        try:
            ip("netns", "add", self.name)
            ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
            ip("link", "set", self.far, "netns", self.name)
            for address in (self.outside, self.database):  # the first is whom clients come from
                ip("addr", "add", f"{address}/24", "dev", self.near)
            for address in (self.inside, self.asking):
                ip("-n", self.name, "addr", "add", f"{address}/24", "dev", self.far)
            ip("link", "set", self.near, "up")
            ip("-n", self.name, "link", "set", self.far, "up")
            ip("-n", self.name, "link", "set", "lo", "up")
            # What goes to the database has an address of its own, so that answers to it can be told from other packets.
            ip("-n", self.name, "route", "add", f"{self.database}/32", "dev", self.far, "src", self.asking)
            self.here = link_address("-o", "link", "show", self.near)
            self.there = link_address("-n", self.name, "-o", "link", "show", self.far)
            self.lead(self.outside, self.here, "-n", self.name)
            self.lead(self.inside, self.there)
            self.heal()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        ip("link", "del", self.near, quiet=True)
        ip("netns", "del", self.name, quiet=True)

    def lead(self, address, link, *where):
        """Packets for the address go to that hardware address, for good."""
        ip(*where, "neigh", "replace", address, "lladdr", link, "dev", self.far if where else self.near, "nud", "permanent")

    def cut(self, questions=True, answers=True):
        """What the island sends to the database is lost, or what it is answered, or both."""
        if questions:
            self.lead(self.database, NOBODY, "-n", self.name)
        if answers:
            self.lead(self.asking, NOBODY)

    def heal(self):
        self.lead(self.database, self.here, "-n", self.name)
        self.lead(self.asking, self.there)
