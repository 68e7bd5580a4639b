"""Whose process is at the other end of a loopback connection, as the kernel tells."""

import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.supervisor import peer
from emulator.supervisor.peer import is_this_user

CONNECT = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); sys.stdin.read()"


def test_a_process_of_this_user_is_told_from_others_by_its_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.connect(listener.getsockname())
        accepted, address = listener.accept()
        with accepted:
            assert is_this_user(address, accepted.getsockname())
            assert not is_this_user((address[0], 1), accepted.getsockname()), "there is no such connection"
            client.close()
            assert not is_this_user(address, accepted.getsockname()), "it belongs to nobody any more"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
def test_another_users_process_is_not_this_users() -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = ["/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable, "-c", CONNECT]
        port = str(listener.getsockname()[1])
        other = subprocess.Popen([*command, port], stdin=subprocess.PIPE, user=nobody, cwd="/")
        accepted, address = listener.accept()
        with accepted:
            assert not is_this_user(address, accepted.getsockname())
        other.communicate()


def test_where_the_kernel_does_not_tell_nobody_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "TABLE", "/nowhere")
    assert is_this_user(("127.0.0.1", 1), ("127.0.0.1", 2))


@pytest.mark.parametrize(
    ("owner", "inode", "mine"), [(os.getuid(), "77", True), (os.getuid() + 1, "77", False), (os.getuid(), "0", False)]
)
def test_the_kernels_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: int, inode: str, mine: bool) -> None:
    """As proc(5) and the kernel's Documentation/networking/proc_net_tcp.rst describe its columns."""
    if sys.byteorder != "little":
        pytest.skip("the line below is of a little-endian machine")
    table = tmp_path / "tcp"
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    row = f"   0: 0100007F:ABCD 0100007F:0050 01 00000000:00000000 00:00000000 00000000 {owner:5} 0 {inode} 1 0\n"
    table.write_text(head + row)
    monkeypatch.setattr(peer, "TABLE", str(table))
    assert is_this_user(("127.0.0.1", 0xABCD), ("127.0.0.1", 80)) is mine
