# The compiled trainers of word and document vectors; see native/vectors/module.cpp. Addresses are
# of contiguous memory.

PIECE_TOKENS: int

class Job:
    objective: int
    hierarchical: int
    fast: int
    trains_words: int
    trains_outputs: int
    window: int
    negatives: int
    vocabulary: int
    document_count: int
    longest_code: int
    threads: int
    deterministic: int
    seed: int
    keep: int
    noise: int
    code_offsets: int
    nodes: int
    codes: int
    tokens: int
    offsets: int
    def set_words(self, address: int, rows: int, columns: int, stride: int) -> None: ...
    def set_documents(self, address: int, rows: int, columns: int, stride: int) -> None: ...
    def set_outputs(self, address: int, rows: int, columns: int, stride: int) -> None: ...

def levels() -> list[str]: ...
def run(
    level: int,
    job: Job,
    begin: int,
    end: int,
    epoch: int,
    rate_begin: float,
    rate_end: float,
    learns: bool,
) -> tuple[float, int, int, int, int]: ...
def alias_table(weights: int, count: int) -> bytes: ...
def draw_negatives(noise: int, words: int, seed: int, count: int) -> bytes: ...
def huffman(counts: int, count: int) -> tuple[bytes, bytes, bytes]: ...
