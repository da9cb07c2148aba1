"""A small model for llama.cpp that says random words: `python tiny_model.py tiny.gguf`.

Needs the `gguf` package. It knows nothing; it is there to have a real server stream something real.
"""

import sys

import gguf
import numpy as np

# Large enough to take its time: some hundred words a second on one core.
WIDTH, HEADS, LAYERS, FORWARD, CONTEXT = 512, 8, 8, 1536, 4096
WORDS = (
    "river", "stone", "light", "naïve", "Straße", "日本語", "👩‍👩‍👧", "**bold**", "`code`", "water", "tree,", "end.",
    "one", "two", "three", "four", "five", "six", "seven",
)  # fmt: skip

normal, byte, control, unknown = 1, 6, 3, 2
TOKENS = [
    ("<unk>", unknown),
    ("<s>", control),
    ("</s>", control),
    *((f"<0x{value:02X}>", byte) for value in range(256)),
    *((f"▁{word}", normal) for word in WORDS),
]


def write(path: str) -> None:
    chance = np.random.default_rng(7)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in TOKENS])
    writer.add_token_scores([-float(number) for number in range(len(TOKENS))])
    writer.add_token_types([kind for _, kind in TOKENS])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)

    def tensor(name: str, *shape: int, scale: float = 0.2) -> None:
        writer.add_tensor(name, chance.normal(0, scale, shape).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, dtype=np.float32))

    tensor("token_embd.weight", len(TOKENS), WIDTH, scale=1)
    output = chance.normal(0, 1, (len(TOKENS), WIDTH)).astype(np.float32)
    output[: -len(WORDS)] = 0  # whole words are far likelier than bytes or the end
    writer.add_tensor("output.weight", output)
    ones("output_norm.weight")
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", WIDTH, WIDTH)
        tensor(f"blk.{layer}.ffn_gate.weight", FORWARD, WIDTH)
        tensor(f"blk.{layer}.ffn_up.weight", FORWARD, WIDTH)
        tensor(f"blk.{layer}.ffn_down.weight", WIDTH, FORWARD)
        ones(f"blk.{layer}.attn_norm.weight")
        ones(f"blk.{layer}.ffn_norm.weight")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
