"""Do both kinds of models keep to the ``Embedder`` protocol, and does the fast path equal the library's?"""

import json
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.embedding import Embedder, open_embedder
from mcp_server.errors import ConfigError
from mcp_server.models import sentence, static
from mcp_server.models.sentence import SentenceTransformerEmbedder
from stores.words import words

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "data" / "golden_vectors.json"
STATIC = open_embedder("tristore-static")
NO_WORDS = ["", " \n", '"""', "}", "...", "_", "\ud800", "🙂"]
ODD = [
    "naïve café",
    "日本語 code",
    "Привет мир",
    "x" * 41,
    "x" * 40,
    "straße",
    "a\x00b",
    "١٢٣ ½ ²",
    "\u212a \u017f",
    "qzxjv",
]


def source_texts(count: int) -> list[str]:
    """Return pieces of this project's own code."""
    whole = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "mcp_server").rglob("*.py")))
    length = len(whole) // count
    return [whole[at * length : (at + 1) * length][:2_000] for at in range(count)]


@pytest.fixture(scope="module")
def library():
    """Give sentence-transformers, its modules and the tokenizer class, imported once."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer

    def build(weights, **options):
        tokenizer = Tokenizer.from_file(str(static.MODEL_FOLDER / "tokenizer.json"))
        modules = [StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()]
        return SentenceTransformer(modules=modules, device="cpu", **options)

    return build


@pytest.fixture(scope="module")
def tiny(library, tmp_path_factory):
    """Give a model with random weights and a query prompt, and the folder it is saved in."""
    weights = np.random.default_rng(0).normal(size=(32_000, 8)).astype(np.float32)
    folder = tmp_path_factory.mktemp("models") / "tiny"
    model = library(weights, prompts={"query": "find the code: "})
    model.save(str(folder))
    return model, folder


# ---- the built-in model


def test_the_fast_path_equals_sentence_transformers_on_the_same_table(library):
    table = safetensors.numpy.load_file(static.MODEL_FOLDER / static.TABLE)
    model = library(table["q"].astype(np.float32) * table["scale"].astype(np.float32))
    texts = source_texts(180) + ODD + NO_WORDS
    # The library pools every occurrence; the model is defined on distinct parts.
    prepared = [" ".join(dict.fromkeys(words(text))) or "a" for text in texts]
    # The library normalises zero to NaN where no word is known; ours is zero.
    theirs = np.nan_to_num(model.encode(prepared, convert_to_numpy=True, show_progress_bar=False))
    ours = STATIC.embed_documents(texts)
    worded = [at for at, text in enumerate(texts) if words(text)]
    assert np.abs(ours[worded] - theirs[worded]).max() <= 1e-5
    assert np.linalg.norm(ours[: len(source_texts(180))], axis=1) == pytest.approx(1.0, abs=1e-5)
    assert not ours[-len(NO_WORDS) :].any()


def test_golden_vectors():
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["model"] == STATIC.id
    assert len(golden["vectors"]) == 20
    vectors = STATIC.embed_queries(list(golden["vectors"]))[:, :8]
    np.testing.assert_allclose(vectors, list(golden["vectors"].values()), atol=1e-5)


def test_near_in_meaning_is_near_in_space():
    query, near, far = STATIC.embed_documents(
        ["open a database connection", "def connect(self): return sqlite.connect(path)", "def render_png(color): ..."]
    )
    assert query @ near > query @ far + 0.1


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=8))
def test_every_vector_has_length_one_or_zero_and_does_not_depend_on_its_batch(texts):
    vectors = STATIC.embed_documents(texts)
    assert vectors.shape == (len(texts), STATIC.dimensions)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths)
    assert all(length == 0 for text, length in zip(texts, lengths, strict=True) if not words(text))
    for text, vector in zip(texts, vectors, strict=True):
        # bit for bit: an index built in other portions must be the same index
        assert STATIC.embed_documents([text])[0].tobytes() == vector.tobytes()


@given(
    st.lists(st.sampled_from(["getUser", "name", "HTTPServer", "of", "read_file", "x1", "user"]), min_size=1), st.data()
)
def test_order_and_repetition_of_words_do_not_matter(chosen, data):
    shuffled = data.draw(st.permutations(chosen + chosen[:2]))
    one, other = STATIC.embed_documents([" ".join(chosen), " ".join(shuffled)])
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_block_boundary_changes_nothing():
    texts = source_texts(50) * 21
    assert len(texts) > static._BLOCK_TEXTS
    vectors = STATIC.embed_documents(texts)
    assert vectors[:50].tobytes() == vectors[-50:].tobytes()


def test_threads_share_one_model():
    expected = STATIC.embed_documents(source_texts(40)).tobytes()
    found: list[bytes] = []
    fresh = static.StaticEmbedder()
    threads = [
        threading.Thread(target=lambda: found.append(fresh.embed_documents(source_texts(40)).tobytes()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


def test_the_card_names_every_data_file_and_the_rules():
    card = static.read_card()
    for name, digest in card["sha256"].items():
        assert sha256((static.MODEL_FOLDER / name).read_bytes()).hexdigest() == digest
    assert set(card["sha256"]) == {static.TABLE, static.VOCABULARY, "tokenizer.json"}
    assert card["rules_version"] == static.RULES_VERSION
    assert card["dimensions"] == STATIC.dimensions
    assert STATIC.id.startswith(f"tristore-static@{card['version']}#")


@pytest.mark.parametrize("name", [static.TABLE, static.VOCABULARY])
def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path, name):
    folder = shutil.copytree(static.MODEL_FOLDER, tmp_path / "models")
    data = bytearray((folder / name).read_bytes())
    data[-3] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ConfigError, match=r"damaged.*reinstall tristore"):
        static.StaticEmbedder(folder)
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=r"cannot be read.*reinstall tristore"):
        static.StaticEmbedder(folder)


def test_importing_is_cheap_and_the_built_in_model_needs_no_torch():
    code = """
        import sys, mcp_server.embedding as e
        assert not {"numpy", "scipy", "torch"} & sys.modules.keys()
        e.open_embedder("tristore-static").embed_queries(["a query"])
        assert not {"scipy", "torch", "sentence_transformers", "transformers", "tokenizers"} & sys.modules.keys()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True)


# ---- models in a child process


def test_a_sentence_transformers_model_answers_from_a_child_process(tiny, tmp_path, monkeypatch):
    model, folder = tiny
    # The working directory is the indexed repository: nothing may be imported from it.
    for name in ("torch.py", "sentence_transformers.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('code of the repository was run')")
    monkeypatch.chdir(tmp_path)
    texts = [*source_texts(70), "", "...", "lone \ud800 surrogate"]
    embedder: Embedder = open_embedder(str(folder))
    try:
        assert embedder.id.startswith("st:tiny#8#")
        assert str(folder.parent) not in embedder.id
        assert embedder.dimensions == 8
        found = embedder.embed_documents(texts)
        np.testing.assert_allclose(found[:70], model.encode_document(texts[:70]), atol=1e-5)
        np.testing.assert_allclose(embedder.embed_queries(["a"]), model.encode_query(["a"]), atol=1e-5)
        assert np.abs(embedder.embed_queries(["a"]) - embedder.embed_documents(["a"])).max() > 0.1
        assert not found[70:72].any()
        assert np.linalg.norm(found[72]) == pytest.approx(1.0, abs=1e-5)
        embedder._child._process.kill()
        assert embedder.embed_documents(texts).tobytes() == found.tobytes()
    finally:
        embedder.close()
    embedder.close()
    with pytest.raises(ConfigError, match="is closed"):
        embedder.embed_queries(["a"])


def test_a_model_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="there is no folder"):
        open_embedder("./no/such/folder")
    with pytest.raises(ConfigError, match=r"cannot be loaded(.|\n)*weights must be on this machine"):
        open_embedder(str(tmp_path))


def test_the_extra_is_not_installed(monkeypatch):
    monkeypatch.setattr(sentence, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'tristore\[sentence-transformers\]'"):
        open_embedder("all-MiniLM-L6-v2")


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Give a function that starts an embedder whose child is a script: ``body`` answers each ``request``."""
    opened: list[SentenceTransformerEmbedder] = []

    def start(body: str, greeting: str = '{"digest": "d", "dimensions": 2}') -> SentenceTransformerEmbedder:
        script = f"""
import json, os, pathlib, struct, sys, time
out = sys.stdout.buffer
def write(head, data=b""):
    out.write(json.dumps(head).encode() + b"\\n" + data)
    out.flush()
def vectors(request):
    n = len(request["texts"])
    write({{"bytes": 8 * n}}, struct.pack("<%df" % (2 * n), *[3.0, 4.0] * n))
starts = pathlib.Path({str(tmp_path / "starts")!r})
starts.write_text(starts.read_text() + "." if starts.exists() else ".")
sys.stderr.write("child speaks\\n")
write({greeting})
for line in sys.stdin.buffer:
    request = json.loads(line)
{textwrap.indent(textwrap.dedent(body), "    ")}
pathlib.Path({str(tmp_path / "ended")!r}).touch()
"""
        (tmp_path / "child.py").write_text(script)
        monkeypatch.setattr(sentence, "_CHILD", tmp_path / "child.py")
        opened.append(SentenceTransformerEmbedder("some/model"))
        return opened[-1]

    yield start
    for embedder in opened:
        embedder.close()


def test_vectors_are_normalised_and_requests_bounded(fake):
    embedder = fake('assert len(request["texts"]) <= 64; vectors(request)')
    found = embedder.embed_documents(["text"] * 150 + ["", "-"])
    assert found.shape == (152, 2)
    np.testing.assert_allclose(found[:150], [[0.6, 0.8]] * 150, rtol=1e-6)
    assert not found[150:].any()
    assert embedder.embed_documents([]).shape == (0, 2)
    assert embedder.id == "st:some/model#2#d"


def test_a_child_that_dies_is_started_once_more(fake, tmp_path):
    embedder = fake("sys.exit('out of memory') if starts.read_text() == '.' else vectors(request)")
    assert embedder.embed_queries(["a"]) == pytest.approx(np.array([[0.6, 0.8]]))
    assert (tmp_path / "starts").read_text() == ".."


def test_a_child_that_dies_again_is_an_error_with_its_last_words(fake, tmp_path):
    embedder = fake("sys.exit('out of memory')")
    with pytest.raises(ConfigError, match=r"ended twice.*code 1, saying: child speaks\s+out of memory"):
        embedder.embed_queries(["a"])
    assert (tmp_path / "starts").read_text() == ".."


@pytest.mark.parametrize("answer", ["out.write(b'noise\\n'); out.flush()", "write({'bytes': 8}, b'1234'); sys.exit(0)"])
def test_an_answer_that_is_none_counts_as_a_death(fake, answer):
    embedder = fake(answer)
    with pytest.raises(ConfigError, match="ended twice"):
        embedder.embed_queries(["a"])


def test_a_failing_model_is_told_and_the_child_lives_on(fake, tmp_path):
    embedder = fake("write({'error': 'too long'}) if request['texts'] == ['bad'] else vectors(request)")
    with pytest.raises(ConfigError, match="the model failed: too long"):
        embedder.embed_documents(["bad"])
    assert embedder.embed_documents(["good"]).any()
    assert (tmp_path / "starts").read_text() == "."


def test_a_model_that_cannot_be_loaded_says_why(fake):
    with pytest.raises(ConfigError, match=r"cannot be loaded: no weights(.|\n)*nothing"):
        fake("", greeting="{'error': 'no weights'}")


def test_a_child_that_hangs_is_ended_at_its_deadline(fake, monkeypatch):
    embedder = fake("time.sleep(60)")
    monkeypatch.setattr(sentence, "_ANSWER_DEADLINE_S", 0.2)
    before = time.monotonic()
    with pytest.raises(ConfigError, match="ended twice"):
        embedder.embed_queries(["a"])
    assert time.monotonic() - before < 20


def test_closing_ends_a_request_in_progress(fake):
    embedder = fake("write({'bytes': 8}); time.sleep(60)")
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            embedder.embed_queries(["a"])
        except ConfigError as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(0.3)
    embedder.close()
    thread.join(10)
    assert not thread.is_alive()
    assert "is closed" in str(caught[0])


def test_the_child_ends_by_itself_when_its_input_is_closed(fake, tmp_path):
    embedder = fake("vectors(request)")
    child = embedder._child
    child._to.close()
    assert child._process.wait(10) == 0
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("path", ["../no-models", "./x", "~/nowhere", "/nowhere/at/all"])
def test_a_path_is_never_taken_for_a_name(path):
    with pytest.raises(ConfigError, match="there is no folder"):
        sentence._located(path)


def test_a_name_is_never_taken_for_a_folder(tmp_path, monkeypatch):
    (tmp_path / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert sentence._located("org/name") == ("org/name", "org/name")
    assert sentence._located("./org/name") == (str(tmp_path.resolve() / "org" / "name"), "name")
