"""What do the store tests write and read? One index in a temporary folder."""

import pytest
from store_samples import IDENTITY, link

from stores.index import Index


@pytest.fixture
def index(tmp_path):
    index = Index(tmp_path / "index", b"/root")
    yield index
    index.close()


@pytest.fixture
def write(index):
    """Apply batches, each a generation, in one writer, bring the LanceDB table up to them; return what was healed."""

    def write(*batches, link=link, identity=IDENTITY, settle=True, **options):
        with index.writer(identity, **options) as writer:
            for batch in batches:
                writer.apply(batch, link)
            if settle:
                writer.settle()
            return list(writer.healed)

    return write
