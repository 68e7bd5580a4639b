"""Values of every resource within AWS's limits, for property tests."""

from dataclasses import replace

from hypothesis import strategies as st

from emulator.aws import limits
from emulator.aws.arns import Arns
from emulator.aws.limits import Range
from emulator.resources import (
    Cors,
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    LoggingConfig,
    Queue,
    RedrivePolicy,
)
from emulator.resources.function_url import CORS_METHODS
from emulator.resources.function_variables import RESERVED_VARIABLES
from emulator.resources.logging_config import LEVELS, SYSTEM_LEVELS
from emulator.resources.provisioned_pollers import ProvisionedPollers
from emulator.resources.queue import FIFO_CHOICES, FIFO_QUEUE, RANGES

names = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
variable_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{1,20}", fullmatch=True)
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
images_at_large = st.builds(
    Function,
    logical_id=names,
    name=names,
    image_uri=texts,
    command=st.lists(texts, max_size=3).map(tuple),
    timeout_s=within(limits.TIMEOUT_S),
    memory_mb=within(limits.MEMORY_MB),
    ephemeral_storage_mb=within(limits.EPHEMERAL_STORAGE_MB),
    environment=st.dictionaries(variable_names.filter(lambda name: name not in RESERVED_VARIABLES), texts, max_size=5),
    reserved_concurrency=st.none() | within(limits.RESERVED_CONCURRENCY),
    logging=plain_logs | json_logs,
)
images = st.builds(
    lambda function, wanted: replace(function, snap_start=wanted and function.ephemeral_storage_mb == 512),
    images_at_large,
    st.booleans(),
)
archives = images.map(lambda function: replace(function, image_uri="", command=("app.handler",), runtime="python3.12"))
functions = images | archives
cors = st.builds(
    Cors,
    allow_origins=st.lists(texts, max_size=5).map(tuple),
    allow_methods=st.lists(st.sampled_from(CORS_METHODS), max_size=limits.CORS_METHODS).map(tuple),
    allow_headers=st.lists(texts, max_size=5).map(tuple),
    expose_headers=st.lists(texts, max_size=5).map(tuple),
    allow_credentials=st.booleans(),
    max_age_s=st.none() | within(limits.CORS_MAX_AGE_S),
)

fifo_names = names.map(lambda name: f"{name}.fifo")
filter_patterns = st.sampled_from(
    ['{"body":{"kind":["a"]}}', '{"body":{"n":[{"numeric":[">",1]}]}}', '{"messageId":["x"]}']
)
plain_mappings = st.builds(
    EventSourceMapping,
    logical_id=names,
    queue=names,
    function=st.just("worker"),
    batch_size=within(limits.BATCH_SIZE),
    batch_window_s=st.integers(1, limits.BATCH_WINDOW_S.high),
    report_batch_item_failures=st.booleans(),
    maximum_concurrency=st.none() | within(limits.MAXIMUM_CONCURRENCY),
    filter_patterns=st.lists(filter_patterns, max_size=limits.FILTERS).map(tuple),
    enabled=st.booleans(),
)
provisioned_mappings = st.builds(
    EventSourceMapping,
    logical_id=names,
    queue=names | fifo_names,
    function=st.just("worker"),
    provisioned_pollers=st.builds(
        lambda least, more: ProvisionedPollers(least, least + more),
        within(limits.MINIMUM_POLLERS),
        st.integers(0, 1_000),
    ),
)
fifo_mappings = st.builds(
    EventSourceMapping,
    logical_id=names,
    queue=fifo_names,
    function=st.just("worker"),
    batch_size=st.integers(1, limits.BATCH_SIZE_AT_ONCE),
    batch_window_s=st.just(0),
)
mappings = plain_mappings | fifo_mappings | provisioned_mappings
destinations = st.just("") | names.map(Arns().queue) | names.filter(lambda name: name != "worker").map(Arns().function)
event_invokes = st.builds(
    EventInvokeConfig,
    function=st.just("worker"),
    retries=st.none() | within(limits.RETRY_ATTEMPTS),
    age_s=st.none() | within(limits.EVENT_AGE_S),
    on_failure=destinations,
    on_success=destinations,
)


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    """Any queue, standard or FIFO, with or without dead letters."""
    fifo = draw(st.booleans())
    queue_names = fifo_names if fifo else names
    name, target = draw(st.lists(queue_names, min_size=2, max_size=2, unique=True))
    numbers = {key: within(numbers).map(str) for key, numbers in RANGES.items()}
    attributes = draw(st.fixed_dictionaries({}, optional=numbers))
    if fifo:
        choices = {key: st.sampled_from(values) for key, values in FIFO_CHOICES.items()}
        attributes |= {FIFO_QUEUE: "true"} | draw(st.fixed_dictionaries({}, optional=choices))
    receives = draw(st.none() | within(limits.MAX_RECEIVE_COUNT))
    return Queue(draw(names), name, attributes, RedrivePolicy(target, receives) if receives else None)
