#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The host's side of tests/boot/net.sh and bench/net.

    net_host.py serve DIR PORTFILE   HTTP on a free port of 127.0.0.1, written to PORTFILE
    net_host.py sink PORTFILE        takes TCP connections, prints bytes, seconds and SHA-256 of each
    net_host.py fetch URL            what is there, on standard output; tried for 30 s
    net_host.py names ADDRESS        in a network namespace of its own: lo up, a name server on port 53 that
                                     knows one answer, ADDRESS
    net_host.py address NAME ADDRESS an interface up, with an IPv4 address of a /24
"""

import fcntl
import functools
import hashlib
import http.server
import os
import socket
import struct
import sys
import time
import urllib.request

SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP = 1


def tell_port(path, port):
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(str(port))
    os.rename(path + ".new", path)


def serve(folder, port_file):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    tell_port(port_file, server.server_address[1])
    server.serve_forever()


def sink(port_file):
    listener = socket.create_server(("127.0.0.1", 0))
    tell_port(port_file, listener.getsockname()[1])
    while True:
        peer, _ = listener.accept()
        digest, count, began = hashlib.sha256(), 0, None
        while data := peer.recv(1 << 18):
            began = began or time.monotonic()
            digest.update(data)
            count += len(data)
        took = time.monotonic() - began if began else 0
        peer.close()
        print(count, f"{took:.3f}", digest.hexdigest(), flush=True)


def fetch(url):
    end = time.monotonic() + 30 * float(os.environ.get("CORE99_SLOW", "1"))
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                sys.stdout.buffer.write(answer.read())
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def interface_up(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14s", name.encode(), IFF_UP, b""))


def set_address(name, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.0")):
            entry = struct.pack("16sHH4s8s", name.encode(), socket.AF_INET, 0,
                                socket.inet_aton(value), b"")
            fcntl.ioctl(control, request, entry)
    interface_up(name)


def answer_to(query, address):
    """The same question, and an A record if it asks for one."""
    end = 12
    while query[end]:
        end += query[end] + 1
    question = query[12:end + 5]
    is_a = question[-4:] == b"\0\1\0\1"
    head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_a), 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    return head + question + (record if is_a else b"")


def names(address):
    interface_up("lo")
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, peer = server.recvfrom(2048)
        server.sendto(answer_to(query, address), peer)


if __name__ == "__main__":
    {"serve": serve, "sink": sink, "fetch": fetch, "names": names,
     "address": set_address}[sys.argv[1]](*sys.argv[2:])
