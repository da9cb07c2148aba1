"""What a client has not read yet of an answer that is finished: on disk, so that neither the page nor its thread waits."""

from tempfile import TemporaryFile

PIECE_BYTES = 64 * 1024
# Beyond, whoever makes the answer waits for its reader.
MOST_BYTES = 16 * 1024 * 1024


class Leftovers:
    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  (closed with its request)
        self._read = self._written = 0
        self.is_whole = False

    @property
    def is_full(self) -> bool:
        return self._written >= MOST_BYTES

    @property
    def is_empty(self) -> bool:
        return self._read == self._written

    def put(self, data: bytes) -> None:
        self._file.seek(self._written)
        self._written += self._file.write(data)

    def take(self) -> bytes:
        self._file.seek(self._read)
        piece = self._file.read(PIECE_BYTES)
        self._read += len(piece)
        return piece

    def close(self) -> None:
        self._file.close()
