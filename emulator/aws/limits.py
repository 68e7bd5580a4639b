"""AWS's limits and defaults, each written here and nowhere else.

Sizes are in bytes, times in seconds. Ids such as ES-10 refer to docs/aws-fidelity.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """The whole numbers that AWS allows for a property, both ends included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class RangeWithDefault(Range):
    """A range, and the value that applies when the property is not set."""

    default: int


# ---- functions (RT-01, RT-04, FU-25)
INIT_PHASE_S = 10.0  #: after that an init phase is ended, and run again in the first invocation (RT-18)
SNAP_START_INIT_S = 130.0  #: at least, for functions with SnapStart; their timeout if that is longer (RT-14)
SNAP_START_STORAGE_MB = 512
TIMEOUT_S = RangeWithDefault(1, 900, 3)
MEMORY_MB = RangeWithDefault(128, 10_240, 128)
EPHEMERAL_STORAGE_MB = RangeWithDefault(512, 10_240, 512)
RESERVED_CONCURRENCY = Range(0, 10_000)
ACCOUNT_CONCURRENCY = 1_000  #: calls in flight of all functions together, an account's default
ENVIRONMENT_BYTES = 4_096  #: names and values of all variables that a function's configuration sets
OPEN_FILES = 1_024  #: descriptors that one environment may have (RT-04)
PROCESSES = 1_024  #: processes and threads that one environment may have (RT-04)
SCALING_STEP = 1_000  #: environments that one function may add in SCALING_STEP_S, refilled all the time
SCALING_STEP_S = 10
MB_OF_A_PROCESSOR = 1_769  #: of memory, for which a function gets the time of one processor
TOTAL_CODE_BYTES = 80_530_636_800  #: of all functions and layers of an account, by default
TAGS = 50  #: of one function or mapping
ARCHIVE_BYTES = 52_428_800  #: a zip archive in a request, decoded
UNZIPPED_BYTES = 262_144_000  #: all files of an archive
CODE_REQUEST_BYTES = 70_167_211  #: a request with an archive, which is in base64
IMAGE_BYTES = 10 * 1024**3  #: the unpacked image

# ---- invocations (RT-08, RT-09, FU-22, FU-26, ES-11)
PAYLOAD_BYTES = 6_291_556  #: the event or the response of a synchronous invocation: 6 MB and 100 bytes
ASYNCHRONOUS_PAYLOAD_BYTES = 1_048_576
CLIENT_CONTEXT_BYTES = 3_583  #: encoded in base64
LOG_TAIL_BYTES = 4_096  #: the end of an invocation's output, which LogType=Tail returns

# ---- asynchronous invocations (RT-08, LA-04)
RETRY_ATTEMPTS = RangeWithDefault(0, 2, 2)
EVENT_AGE_S = RangeWithDefault(60, 21_600, 21_600)
EVENT_RETRY_WAITS_S = (60, 120)  #: before the first and the second retry of a function error
THROTTLE_WAIT_S = Range(1, 300)  #: between attempts of a throttled event: it doubles from the low end to the high one

# ---- function URLs (FU-24, FU-25, FU-27)
CORS_MAX_AGE_S = Range(0, 86_400)
CORS_ENTRIES = 100  #: in each list of a Cors block except AllowMethods
CORS_METHODS = 6  #: in AllowMethods
REQUESTS_PER_EXECUTION = 10  #: per second, for each reserved concurrent execution
CLOCK_SKEW_S = 300  #: allowed between the time in a signature and the server's time
PRESIGNED_S = 604_800  #: the longest validity of a presigned URL: seven days

# ---- event source mappings (ES-10 to ES-14, ES-30, ES-33, ES-48)
BATCH_SIZE = RangeWithDefault(1, 10_000, 10)
BATCH_SIZE_AT_ONCE = 10  #: the largest batch from a FIFO queue, and without a batch window
BATCH_WINDOW_S = RangeWithDefault(0, 300, 0)
MAXIMUM_CONCURRENCY = Range(2, 1_000)
FILTERS = 10  #: in one mapping: 5 by default, 10 after a quota increase
FILTER_CHARACTERS = 4_096  #: in one pattern
POLLERS_AT_START = 5  #: batches in flight when a mapping starts
POLLERS_WHEN_QUIET = 2  #: AWS may scale a mapping down to this when its queue is empty
POLLERS_AT_MOST = 1_250
POLLERS_PER_MINUTE = 300  #: added to a busy mapping
MINIMUM_POLLERS = RangeWithDefault(2, 200, 2)  #: of a mapping in provisioned mode (ES-48)
MAXIMUM_POLLERS = RangeWithDefault(2, 10_000, 200)
BATCHES_OF_A_POLLER = 10  #: batches that a provisioned poller has in flight at most
PROVISIONED_PER_MINUTE = 1_000  #: batches in flight that are added to a busy mapping in provisioned mode
PROVISIONED_AT_MOST = 20_000  #: batches in flight of a mapping in provisioned mode
RECURSIONS = 16  #: invocations of a function in one chain of messages, after which Lambda stops the loop (ES-47)
WINDOW_VISIBILITY_S = 30  #: added to window plus timeout if that sum exceeds the queue's own visibility timeout (ES-12)

# ---- queues (SQS's quotas, and the service model that botocore has)
VISIBILITY_TIMEOUT_S = RangeWithDefault(0, 43_200, 30)
RETENTION_S = RangeWithDefault(60, 1_209_600, 345_600)
MESSAGE_BYTES = RangeWithDefault(1_024, 1_048_576, 1_048_576)
DELAY_S = RangeWithDefault(0, 900, 0)
RECEIVE_WAIT_S = RangeWithDefault(0, 20, 0)
MAX_RECEIVE_COUNT = RangeWithDefault(1, 1_000, 10)
FUNCTION_NAME_CHARACTERS = 64
LOG_GROUP_CHARACTERS = 512
QUEUE_NAME_CHARACTERS = 80  #: including the suffix .fifo
MESSAGES_PER_CALL = 10  #: in a ReceiveMessage or a batch operation
MESSAGE_ATTRIBUTES = 10  #: of one message
ATTRIBUTE_NAME_CHARACTERS = 256  #: in the name or the type of a message attribute
ID_CHARACTERS = 128  #: in a message group id, deduplication id or receive request attempt id
LABEL_CHARACTERS = 80  #: in the id of a batch entry, or the label of a permission
DEDUPLICATION_S = 300  #: for which a FIFO queue knows a deduplication id or receive request attempt id
IN_FLIGHT = 120_000  #: messages of one queue that are received and not deleted
PURGE_PAUSE_S = 60  #: between two PurgeQueue calls
POISON_RECEIVES = 3  #: after which a message of a standard queue goes to its back (ES-50)
KMS_REUSE_S = RangeWithDefault(60, 86_400, 300)
MOVES_PER_SECOND = Range(1, 500)  #: of a message move task
MOVE_TASKS_KEPT = 10  #: of one source queue
LISTED_QUEUES = 1_000  #: in one answer of ListQueues
TAGS = 50  #: of a queue
PERMISSIONS = 20  #: statements in a queue's policy
ACTIONS_PER_PERMISSION = 7
SOURCE_QUEUES = 10  #: in a redrive allow policy

# ---- API and CloudFormation
PAGE_ITEMS = 50  #: in one response of a List operation
TEMPLATE_BYTES = 1_000_000  #: the limit for templates in S3
