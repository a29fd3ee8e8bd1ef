"""Stands in for OpenAI's client where only Python itself is installed: the calls that the playground's code makes, sent as they are."""
import json
import urllib.request
from types import SimpleNamespace


def _named(value):
    return json.loads(json.dumps(value), object_hook=lambda members: SimpleNamespace(**members))


class _Endpoint:
    def __init__(self, client, path):
        self.client, self.path = client, path

    def create(self, **body):
        request = urllib.request.Request(
            self.client.base_url + self.path,
            json.dumps(body).encode(),
            {"Authorization": "Bearer " + self.client.api_key, "Content-Type": "application/json"},
        )
        answer = urllib.request.urlopen(request)
        return self._parts(answer) if body.get("stream") else _named(json.load(answer))

    @staticmethod
    def _parts(answer):
        for line in answer:
            data = line.decode().removeprefix("data: ").strip()
            if line.startswith(b"data: ") and data != "[DONE]":
                part = json.loads(data)
                for choice in part["choices"]:
                    choice["delta"].setdefault("content", None)  # as OpenAI's client tells what a piece leaves out
                yield _named(part)


class OpenAI:
    def __init__(self, *, base_url, api_key):
        self.base_url, self.api_key = base_url, api_key
        self.chat = SimpleNamespace(completions=_Endpoint(self, "/chat/completions"))
        self.embeddings = _Endpoint(self, "/embeddings")
