"""Values of every resource within AWS's limits, for property tests."""

from hypothesis import strategies as st

from emulator.aws import limits
from emulator.aws.limits import Range
from emulator.resources import Cors, Function, LoggingConfig
from emulator.resources.function import LEVELS, RESERVED_VARIABLES, SYSTEM_LEVELS
from emulator.resources.function_url import CORS_METHODS

names = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
texts = st.text(max_size=20)


def within(numbers: Range) -> st.SearchStrategy[int]:
    """Any number of a range."""
    return st.integers(numbers.low, numbers.high)


plain_logs = st.builds(LoggingConfig, json=st.just(False), group=st.just("") | names)
json_logs = st.builds(
    LoggingConfig,
    json=st.just(True),
    application_level=st.sampled_from(LEVELS),
    system_level=st.sampled_from(SYSTEM_LEVELS),
    group=st.just("") | names,
)
functions = st.builds(
    Function,
    logical_id=names,
    name=names,
    image_uri=texts,
    command=st.lists(texts, max_size=3).map(tuple),
    timeout_s=within(limits.TIMEOUT_S),
    memory_mb=within(limits.MEMORY_MB),
    ephemeral_storage_mb=within(limits.EPHEMERAL_STORAGE_MB),
    environment=st.dictionaries(names.filter(lambda name: name not in RESERVED_VARIABLES), texts, max_size=5),
    reserved_concurrency=st.none() | within(limits.RESERVED_CONCURRENCY),
    logging=plain_logs | json_logs,
)
cors = st.builds(
    Cors,
    allow_origins=st.lists(texts, max_size=5).map(tuple),
    allow_methods=st.lists(st.sampled_from(CORS_METHODS), max_size=limits.CORS_METHODS).map(tuple),
    allow_headers=st.lists(texts, max_size=5).map(tuple),
    expose_headers=st.lists(texts, max_size=5).map(tuple),
    allow_credentials=st.booleans(),
    max_age_s=st.none() | within(limits.CORS_MAX_AGE_S),
)
