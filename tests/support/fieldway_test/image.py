"""File systems of a test's own: ext4 in a file on a loop device, and tmpfs.

They are mounted in a mount namespace of the test's process: when it has ended, in whatever way, the
kernel has unmounted them and the loop devices are free again.
"""
import ctypes
import os
import subprocess
import sys
import unittest

CLONE_NEWNS = 0x00020000
MIB = 1024 * 1024
_own_namespace = False


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def _enter_own_namespace():
    global _own_namespace
    if _own_namespace:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(os.strerror(ctypes.get_errno()))
    run("mount", "--make-rprivate", "/")
    _own_namespace = True


def needs_mounts(folder):
    """Skips the test, loudly, where no file system can be mounted."""
    try:
        if os.geteuid() != 0:
            raise OSError("this user is not root")
        _enter_own_namespace()
        probe = Image(os.path.join(folder, "probe"), 4 * MIB)
        probe.start()
        probe.close()
    except OSError as error:
        reason = f"SKIPPED: NO FILE SYSTEM CAN BE MOUNTED HERE ({error}): NOTHING WAS TESTED"
        print(f"\n{'!' * 80}\n{reason}\n{'!' * 80}", file=sys.stderr)
        raise unittest.SkipTest(reason) from None


class Mount:
    def __init__(self, folder):
        self.folder = str(folder)
        self._mounted = False

    def _mount(self, *words):
        os.makedirs(self.folder, exist_ok=True)
        run("mount", *words, self.folder)
        self._mounted = True

    def close(self):
        if not self._mounted:
            return
        self._mounted = False
        try:
            run("umount", self.folder)
        except OSError:  # something still lives in it: out of sight now, gone with its end
            run("umount", "--lazy", self.folder)
            raise

    def remount(self, how):
        run("mount", "-o", f"remount,{how}", self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def fill(self, leave=0, name="foreign"):
        """As another process does that writes all there is room for, but `leave` bytes."""
        for _ in range(3):  # a sync gives back what ext4 had put by for metadata
            left = os.statvfs(self.folder)
            size = max(0, left.f_bavail * left.f_frsize - leave)
            try:
                with open(self.path(name), "ab", buffering=0) as file:
                    while size > 0:
                        size -= file.write(bytes(min(size, 65536)))
            except OSError:
                pass  # full
            try:
                os.sync()
            except OSError:
                pass

    def free(self, name="foreign"):
        os.unlink(self.path(name))


class Tmpfs(Mount):
    def __init__(self, folder, size):
        super().__init__(folder)
        self._size = size

    def start(self):
        self._mount("-t", "tmpfs", "-o", f"size={self._size}", "fieldway-test")


class Image(Mount):
    """ext4. Its journal and reserved blocks are small, so that a small image has room."""

    def __init__(self, folder, size, options="errors=remount-ro"):
        super().__init__(folder)
        self._file = self.folder + ".img"
        self._size = size
        self._options = options

    def start(self):
        with open(self._file, "wb") as file:
            file.truncate(self._size)
        block, journal = (4096, 4) if self._size >= 16 * MIB else (1024, 1)  # MiB: the least
        # Nothing is left for the kernel to write later: figures of bytes would count it.
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", block, "-J", f"size={journal}", "-E",
            "lazy_itable_init=0,lazy_journal_init=0", self._file)
        self.attach()

    def attach(self, options=None):
        if options is not None:
            self._options = options
        self._mount("-o", f"loop,{self._options}", self._file)

    def power_back(self, options=None):
        """After a power cut: unmounts what is left, mounts what the disk has."""
        self.close()
        self.attach(options)

    def check(self):
        """What e2fsck says of the unmounted image; an error when the file system itself is bad."""
        return run("e2fsck", "-fn", self._file)

    def device(self):
        """loopN"""
        return os.path.basename(run("findmnt", "-n", "-o", "SOURCE", self.folder).strip())

    def written_bytes(self):
        """By the device, since it was attached; what waits in RAM is written first."""
        run("sync", "-f", self.folder)
        with open(f"/sys/block/{self.device()}/stat", encoding="ascii") as file:
            return int(file.read().split()[6]) * 512

    def trigger_error(self):
        """The kernel finds the file system damaged: read-only from then on (errors=remount-ro)."""
        with open(f"/sys/fs/ext4/{self.device()}/trigger_fs_error", "w", encoding="ascii") as file:
            file.write("a test of fieldway\n")
