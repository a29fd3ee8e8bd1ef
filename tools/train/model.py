"""The llama architecture: RMS norm, rotary positions on neighbouring pairs, SwiGLU, embeddings tied to the output."""
import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY, CONTEXT = 1024, 512
SHAPES = {
    "main": dict(width=160, layers=4, heads=5, hidden=416),
    "small": dict(width=96, layers=3, heads=3, hidden=256),
}


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotations(size, count):
    angles = torch.outer(torch.arange(count).float(), 10_000.0 ** (-torch.arange(0, size, 2).float() / size))
    return torch.cos(angles), torch.sin(angles)


def rotate(x, cos, sin):
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.attn_norm, self.ffn_norm = Norm(width), Norm(width)
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.ffn_gate, self.ffn_up = nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
        self.ffn_down = nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin, mask):
        b, t, w = x.shape
        h = self.attn_norm(x)
        q, k, v = (p(h).view(b, t, self.heads, -1).transpose(1, 2) for p in (self.attn_q, self.attn_k, self.attn_v))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        weights = F.softmax(q @ k.transpose(-1, -2) * (w // self.heads) ** -0.5 + mask, -1)
        x = x + self.attn_output((weights @ v).transpose(1, 2).reshape(b, t, w))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        s = SHAPES[shape]
        self.token_embd = nn.Embedding(VOCABULARY, s["width"])
        self.blk = nn.ModuleList(Block(s["width"], s["heads"], s["hidden"]) for _ in range(s["layers"]))
        self.output_norm = Norm(s["width"])
        for name, p in self.named_parameters():
            if p.dim() == 2:
                scale = (2 * s["layers"]) ** -0.5 if name.endswith(("attn_output.weight", "ffn_down.weight")) else 1
                nn.init.normal_(p, std=0.05 * scale)
        cos, sin = rotations(s["width"] // s["heads"], CONTEXT)
        mask = torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1)
        for name, value in (("cos", cos), ("sin", sin), ("mask", mask)):
            self.register_buffer(name, value, persistent=False)

    def forward(self, ids):
        t = ids.shape[1]
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x, self.cos[:t], self.sin[:t], self.mask[:t, :t])
        return self.output_norm(x) @ self.token_embd.weight.T
