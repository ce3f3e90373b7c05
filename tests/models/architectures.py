"""Well-known architectures with seeded random weights, and inputs for them.

Needs the environment "generate". Every builder returns `(module, feeds)`: a module in
inference mode and a list of dicts of tensors, the first of which serves as the example for
the exporters. Names of inputs are the dict's keys, in the order of `forward`.
"""

from __future__ import annotations

import torch
from torch import nn

# The published torchvision expects a CUDA torch; its import passes once these names exist.
_LIBRARY = torch.library.Library("torchvision", "DEF")
for _operator in ("nms", "qnms"):
    _LIBRARY.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import segmentation_models_pytorch as smp  # noqa: E402
import timm  # noqa: E402
import transformers  # noqa: E402

# With the fast path on, a trace holds one fused op that no exporter knows.
torch.backends.mha.set_fastpath_enabled(False)

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


class Call(nn.Module):
    """A module that runs `body(module, *inputs)`: picks inputs and outputs of a library's model."""

    def __init__(self, module: nn.Module, body):
        super().__init__()
        self.module = module
        self.body = body

    def forward(self, *inputs):
        return self.body(self.module, *inputs)


def image(height: int, width: int) -> torch.Tensor:
    """Smooth normal noise with a little fine noise on top."""
    coarse = torch.randn(1, 3, height // 16, width // 16)
    smooth = nn.functional.interpolate(coarse, size=(height, width), mode="bicubic")
    return smooth + 0.1 * torch.randn(1, 3, height, width)


def settle(module: nn.Module, example: torch.Tensor) -> None:
    """Let batch norms see noise; without it activations of deep random CNNs vanish or explode."""
    norms = [m for m in module.modules() if isinstance(m, BATCH_NORMS)]
    module.eval()
    for norm in norms:
        norm.train()
        norm.momentum = 0.5
    with torch.no_grad():
        for _ in range(6):
            module(torch.randn_like(example))
    module.eval()


def vision(module: nn.Module, height: int = 224, width: int = 224, settled: bool = True):
    """A convolutional network (settled) or a vision transformer on one image."""
    example = image(height, width)
    if settled:
        settle(module, example)
    return module, [{"image": example}]


def causal_mask(length: int) -> torch.Tensor:
    """A 4-D additive mask: nothing sees what comes after it."""
    return torch.full((length, length), torch.finfo(torch.float32).min).triu(1)[None, None]


def bert_base():
    config = transformers.BertConfig(attn_implementation="eager")
    module = Call(transformers.BertModel(config), lambda m, ids, mask: tuple(
        m(input_ids=ids, attention_mask=mask)[:2]))
    mask = torch.ones(1, 128, dtype=torch.int64)
    mask[:, -28:] = 0
    return module, [{"ids": torch.randint(0, 30522, (1, 128)), "mask": mask}]


class DistilBert(nn.Module):
    """A classifier whose inputs have names, as dynamic shapes are given by name."""

    def __init__(self, config):
        super().__init__()
        self.module = transformers.DistilBertForSequenceClassification(config)

    def forward(self, ids, mask):
        return self.module(input_ids=ids, attention_mask=mask).logits


def distilbert_dynamic():
    config = transformers.DistilBertConfig(
        vocab_size=5000, dim=192, hidden_dim=384, n_layers=3, n_heads=6, num_labels=3)
    feeds = []
    for batch, length in ((2, 24), (1, 7), (3, 64)):
        mask = torch.ones(batch, length, dtype=torch.int64)
        mask[1:, -(length // 4):] = 0
        feeds.append({"ids": torch.randint(0, 5000, (batch, length)), "mask": mask})
    return DistilBert(config), feeds


def gpt2_step():
    config = transformers.GPT2Config(vocab_size=5000, n_embd=192, n_layer=4, n_head=6,
                                     n_positions=256, attn_implementation="eager")

    def body(model, ids, position, k, v):
        cache = transformers.DynamicCache()
        for layer in range(4):
            cache.update(k[layer], v[layer], layer)
        out = model(input_ids=ids, position_ids=position, past_key_values=cache, use_cache=True)
        layers = out.past_key_values.layers
        return out.logits, torch.stack([x.keys for x in layers]), torch.stack([x.values for x in layers])

    feed = {"ids": torch.randint(0, 5000, (1, 1)), "position": torch.full((1, 1), 17),
            "k": torch.randn(4, 1, 6, 17, 32), "v": torch.randn(4, 1, 6, 17, 32)}
    return Call(transformers.GPT2LMHeadModel(config), body), [feed]


def llama_prefill():
    config = transformers.LlamaConfig(
        vocab_size=4000, hidden_size=192, intermediate_size=512, num_hidden_layers=3,
        num_attention_heads=6, num_key_value_heads=3, max_position_embeddings=256,
        attn_implementation="sdpa", use_cache=False)
    module = Call(transformers.LlamaForCausalLM(config), lambda m, ids, mask: m(
        input_ids=ids, attention_mask=mask).logits)
    return module, [{"ids": torch.randint(0, 4000, (1, 32)), "mask": causal_mask(32)}]


def whisper_tiny_encoder():
    encoder = transformers.WhisperModel(transformers.WhisperConfig()).encoder
    module = Call(encoder, lambda m, features: m(features).last_hidden_state)
    return module, [{"features": torch.randn(1, 80, 3000)}]


def whisper_tiny_decoder():
    whole = transformers.WhisperForConditionalGeneration(transformers.WhisperConfig())
    parts = nn.ModuleDict({"decoder": whole.model.decoder, "projection": whole.proj_out})

    def body(m, ids, mask, states):
        hidden = m["decoder"](input_ids=ids, attention_mask=mask, encoder_hidden_states=states,
                              use_cache=False).last_hidden_state
        return m["projection"](hidden)

    return Call(parts, body), [{"ids": torch.randint(0, 51865, (1, 8)), "mask": causal_mask(8),
                                "states": torch.randn(1, 200, 384)}]


class Tagger(nn.Module):
    """A bidirectional LSTM tagger."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(2000, 64)
        self.lstm = nn.LSTM(64, 96, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(192, 17)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.lstm(self.embedding(ids))
        return torch.log_softmax(self.head(hidden), -1)


def lstm_tagger():
    return Tagger(), [{"ids": torch.randint(0, 2000, (2, 20))}]


def transformer_encoder():
    layer = nn.TransformerEncoderLayer(128, 4, 256, batch_first=True, norm_first=True, activation="gelu")
    return nn.TransformerEncoder(layer, 3, enable_nested_tensor=False), [{"x": torch.randn(2, 30, 128)}]


BUILDERS = {
    "resnet50": lambda: vision(timm.create_model("resnet50")),
    "mobilenetv2": lambda: vision(timm.create_model("mobilenetv2_100")),
    "efficientnet_b0": lambda: vision(timm.create_model("efficientnet_b0")),
    "vit_small": lambda: vision(timm.create_model("vit_small_patch16_224"), settled=False),
    "unet_resnet18": lambda: vision(
        smp.Unet("resnet18", encoder_weights=None, classes=4), 160, 192),
    "bert_base": bert_base,
    "distilbert_dynamic": distilbert_dynamic,
    "gpt2_step": gpt2_step,
    "llama_prefill": llama_prefill,
    "whisper_tiny_encoder": whisper_tiny_encoder,
    "whisper_tiny_decoder": whisper_tiny_decoder,
    "lstm_tagger": lstm_tagger,
    "lstm_tagger_scripted": lstm_tagger,
    "transformer_encoder": transformer_encoder,
}

SCRIPTED = {"lstm_tagger_scripted"}  # the older exporter gets these through torch.jit.script
DYNAMIC = {"distilbert_dynamic"}  # axes 0 and 1 of every input are free
OLD_OPSET = {"resnet50": 11, "mobilenetv2": 13, "vit_small": 14}  # of the older exporter; else 17
EXTERNAL_DATA = {"bert_base"}  # the newer exporter's default; the others are single files


def build(name: str, seed: int):
    """The module and feeds of architecture `name`, the same for the same seed."""
    torch.manual_seed(seed)
    module, feeds = BUILDERS[name]()
    module.eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module, feeds
