"""A Redis that pods share; killed, it comes back without its data."""

from private_server import PrivateServer


class PrivateRedis(PrivateServer):
    """On a loopback port, with a password."""

    def __init__(self):
        super().__init__("private-redis.sh", "--tcp", "--password")

    @property
    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.said['port']}/0"
