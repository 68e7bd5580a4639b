"""CloudFormation in, resources out; or one line with the path and the cure."""

import re
from pathlib import Path

import pytest

from emulator.resources import LoggingConfig
from emulator.resources.provisioned_pollers import ProvisionedPollers
from emulator.stack.stack import Stack
from emulator.template import Place, TemplateError, load_file, load_text
from emulator.template.document import parse_document

ROOT = Path(__file__).resolve().parents[4]
PLACE = Place(queue_url=lambda name: f"http://sqs/{name}", function_url=lambda position: f"http://url/{position}/")


def function(name: str, **properties: object) -> str:
    lines = [f"      {key}: {value}" for key, value in properties.items()]
    return "\n".join(
        [
            f"  {name}:",
            "    Type: AWS::Lambda::Function",
            "    Properties:",
            "      PackageType: Image",
            "      Code: {ImageUri: image}",
            *lines,
        ]
    )


def resources(*parts: str, head: str = "") -> str:
    return head + "Resources:\n" + "\n".join(parts)


QUEUE = "  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: jobs, VisibilityTimeout: 30}"
MAPPING = """  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F%s}"""


def load(text: str, **parameters: str):
    return load_text(text, place=PLACE, parameters=parameters)


def test_the_application_loads_whole() -> None:
    stack = load_file(ROOT / "template.yaml", place=PLACE, parameters={})
    assert [queue.name for queue in stack.queues] == [
        "facepipe-requests-dlq",
        "facepipe-requests",
        "facepipe-responses",
    ]
    assert {function.name for function in stack.functions} == {"face-detection", "face-recognition"}
    (mapping,) = stack.mappings
    assert (mapping.queue, mapping.function, mapping.batch_size) == ("facepipe-requests", "face-recognition", 10)
    assert mapping.report_batch_item_failures
    assert stack.outputs["Url"] == "http://url/0/"


def test_the_applications_defaults_are_production_s() -> None:
    stack = load_file(ROOT / "template.yaml", place=PLACE, parameters={})
    requests = next(queue for queue in stack.queues if queue.name == "facepipe-requests")
    recognition = next(function for function in stack.functions if function.name == "face-recognition")
    assert requests.visibility_timeout_s >= 6 * recognition.timeout_s
    assert requests.redrive_policy is not None
    assert requests.redrive_policy.max_receive_count >= 5
    assert all(function.reserved_concurrency is None for function in stack.functions)


def test_references_and_functions_are_computed() -> None:
    text = resources(
        QUEUE,
        function(
            "F",
            FunctionName="!Sub '${AWS::StackName}-${Stage}-worker'",
            MemorySize="!If [Big, 1024, !Ref AWS::NoValue]",
            Environment="{Variables: {URL: !Ref Q, ARN: !GetAtt Q.Arn, "
            "ALL: !Join ['-', [a, !Ref Stage, !Select [1, !Split [',', 'x,y']]]]}}",
        ),
        head="Parameters:\n  Stage: {Type: String, Default: test}\nConditions:\n  Big: !Not [!Equals [!Ref Stage, test]]\n",
    )
    (worker,) = load(text).functions
    assert worker.name == "facepipe-test-worker"
    assert worker.memory_mb == 128
    assert worker.environment == {
        "URL": "http://sqs/jobs",
        "ARN": "arn:aws:sqs:us-east-1:000000000000:jobs",
        "ALL": "a-test-y",
    }
    assert load(text, Stage="prod").functions[0].memory_mb == 1024


def test_a_resource_whose_condition_is_false_is_not_there() -> None:
    text = resources(
        QUEUE.replace("    Type", "    Condition: Never\n    Type"), head="Conditions:\n  Never: !Equals [a, b]\n"
    )
    assert load(text + "\n" + function("F")).queues == ()


def test_a_dead_letter_queue_is_found_by_its_arn() -> None:
    text = resources(
        QUEUE.replace("30}", "30, RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 4}}"),
        "  D:\n    Type: AWS::SQS::Queue",
    )
    queue = load(text).queues[0]
    assert queue.redrive_policy is not None
    assert (queue.redrive_policy.dead_letter_queue, queue.redrive_policy.max_receive_count) == ("facepipe-D", 4)


REFUSED = {
    "no YAML": ("Resources: [", "line 1, column"),
    "no mapping": ("- a", "not a mapping"),
    "a key twice": ("Resources: {}\nResources: {}", "'Resources' is duplicated"),
    "an alias bomb": ("a: &a [x]\nResources: {b: *a}", "alias *a"),
    "too deep": ("Resources: " + "[" * 200 + "]" * 200, "nested too deeply"),
    "an unknown section": ("Transfrom: x\n" + resources(QUEUE), "Transfrom: is not a section"),
    "no resources": ("Resources: {}", "Resources: is missing or empty"),
    "an unknown type": ("Resources: {B: {Type: AWS::SQS::Queu}}", "Resources.B.Type: AWS::SQS::Queu is not a type"),
    "an unknown property": (resources(QUEUE.replace("30}", "30, Colour: red}")), "Resources.Q.Properties.Colour"),
    "a dangling Ref": (
        resources(function("F", FunctionName="!Ref Nobody")),
        "Nobody is neither a parameter nor a resource",
    ),
    "a dangling GetAtt": (resources(QUEUE.replace("jobs", "!GetAtt X.Name")), "X is neither"),
    "an unknown attribute": (resources(QUEUE, function("F", Description="!GetAtt Q.Colour")), "no attribute Colour"),
    "a unit": (
        resources(QUEUE.replace("30}", "30s}")),
        "Resources.Q.Properties.VisibilityTimeout: '30s' is not a whole number",
    ),
    "out of range": (
        resources(function("F", Timeout="901")),
        "Resources.F.Properties.Timeout: 901 is not between 1 and 900",
    ),
    "a circle": (
        resources(
            "  A:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !GetAtt B.QueueName}",
            "  B:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !GetAtt A.QueueName}",
        ),
        "is a circular reference",
    ),
    "a circle of conditions": (
        resources(
            QUEUE.replace("    Type", "    Condition: A\n    Type"),
            head="Conditions:\n  A: !Condition B\n  B: !Condition A\n",
        ),
        "is a circular reference",
    ),
    "a zip function without a runtime": (
        resources("  F:\n    Type: AWS::Lambda::Function\n    Properties: {Handler: x.y, Code: {ZipFile: x}}"),
        "Resources.F.Properties: Runtime is missing",
    ),
    "a bad filter": (
        resources(QUEUE, function("F"), MAPPING % ", FilterCriteria: {Filters: [{Pattern: plain}]}"),
        "Properties.FilterCriteria: Invalid filter pattern definition.",
    ),
    "a missing queue": (resources(function("F"), MAPPING.replace("!GetAtt Q.Arn", "arn:x") % ""), "EventSourceArn"),
    "a missing function": (resources(QUEUE, MAPPING.replace("!Ref F", "nobody") % ""), "Function does not exist"),
    "too large": ("#" * 1_000_001 + "\nResources: {}", "1,000,000"),
    "5 MB": ("Resources: {}\n" + "# comment\n" * 500_000, "t.yaml has 5,000,014 bytes"),
    "no YAML at all": ("Resources: {a: b", "correct the YAML"),
    "a function's dead-letter queue that is a FIFO queue": (
        resources(function("F", DeadLetterConfig="{TargetArn: 'arn:aws:sqs:us-east-1:1:q.fifo'}")),
        "Resources.F.Properties.DeadLetterConfig.TargetArn: arn:aws:sqs:us-east-1:1:q.fifo is not the ARN of a standard",
    ),
    "a property with a typing error": (
        resources(function("F", MemorySiz="128")),
        "Resources.F.Properties.MemorySiz: AWS::Lambda::Function has no property MemorySiz; did you mean MemorySize?",
    ),
    "a typing error in a block": (
        resources(QUEUE, function("F"), MAPPING % ", ScalingConfig: {MaximumConcurency: 2}"),
        "AWS::Lambda::EventSourceMapping has no property MaximumConcurency in ScalingConfig; did you mean MaximumConc",
    ),
    "a permission for nobody": (
        resources(
            "  P:\n    Type: AWS::Lambda::Permission\n    Properties: {FunctionName: x, Action: a, Principal: b}"
        ),
        "Resources.P.Properties.FunctionName: this template has no function x",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_template_is_one_line_with_its_place(tmp_path: Path, case: str) -> None:
    text, words = REFUSED[case]
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(TemplateError) as error:
        load_file(tmp_path / "t.yaml", place=PLACE, parameters={})
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_es41_a_visibility_below_the_timeout_is_refused_in_awss_words() -> None:
    with pytest.raises(
        TemplateError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 300 seconds"
    ):
        load(resources(QUEUE, function("F", Timeout="300"), MAPPING % ""))


def test_es44_a_large_batch_needs_a_window() -> None:
    with pytest.raises(TemplateError, match="Maximum batch window in seconds must be greater than 0"):
        load(resources(QUEUE, function("F"), MAPPING % ", BatchSize: 11"))
    assert load(
        resources(QUEUE, function("F"), MAPPING % ", BatchSize: 11, MaximumBatchingWindowInSeconds: 1")
    ).mappings


@pytest.mark.parametrize("value", [1, 1001])
def test_es14_maximum_concurrency_is_2_to_1000(value: int) -> None:
    with pytest.raises(TemplateError, match=f"MaximumConcurrency: {value} is not between 2 and 1,000"):
        load(resources(QUEUE, function("F"), MAPPING % f", ScalingConfig: {{MaximumConcurrency: {value}}}"))


@pytest.mark.parametrize("size", [0, 10_001])
def test_es10_batch_size_is_1_to_10000(size: int) -> None:
    with pytest.raises(TemplateError, match="BatchSize"):
        load(resources(QUEUE, function("F"), MAPPING % f", BatchSize: {size}"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"MemorySize": 127}, "MemorySize: 127 is not between 128 and 10,240"),
        ({"MemorySize": 10_241}, "MemorySize: 10241 is not between 128 and 10,240"),
        ({"Timeout": 901}, "Timeout: 901 is not between 1 and 900"),
        ({"EphemeralStorage": "{Size: 511}"}, "EphemeralStorage.Size: 511 is not between 512 and 10,240"),
    ],
)
def test_rt02_rt04_limits_of_a_function(given: dict, words: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(words)):
        load(resources(function("F", **given)))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("{LogFormat: JSON}", LoggingConfig(json=True, application_level="INFO")),
        (
            "{LogFormat: JSON, ApplicationLogLevel: TRACE, SystemLogLevel: WARN, LogGroup: mine}",
            LoggingConfig(json=True, application_level="TRACE", system_level="WARN", group="mine"),
        ),
        ("{LogFormat: Text, LogGroup: mine}", LoggingConfig(group="mine")),
    ],
)
def test_rt11_logging(config: str, expected: LoggingConfig) -> None:
    (function_,) = load(resources(function("F", LoggingConfig=config))).functions
    assert function_.logging == expected


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{ApplicationLogLevel: DEBUG}", "ApplicationLogLevel: a log level needs LogFormat: JSON"),
        ("{LogFormat: XML}", "LogFormat: 'XML' is not one of Text, JSON"),
        ("{LogFormat: JSON, ApplicationLogLevel: LOUD}", "'LOUD' is not one of TRACE"),
    ],
)
def test_rt11_what_is_refused(config: str, words: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(words)):
        load(resources(function("F", LoggingConfig=config)))


def test_rt01_four_kilobytes_of_variables_are_the_limit() -> None:
    with pytest.raises(TemplateError, match="4,096"):
        load(resources(function("F", Environment=f"{{Variables: {{AA: {'x' * 4095}}}}}")))


def test_rt01_lambdas_own_variables_are_taken_from_nobody() -> None:
    with pytest.raises(TemplateError, match="Variables: AWS_REGION is reserved for Lambda; rename it"):
        load(resources(function("F", Environment="{Variables: {AWS_REGION: eu-west-1}}")))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Stage": "x"}, "not allowed"),
        ({"Nothing": "x"}, "no parameter Nothing"),
        ({"Size": "5"}, "not between 1 and 3"),
        ({"Size": "big"}, "not a number"),
    ],
)
def test_parameters_are_checked(given: dict[str, str], words: str) -> None:
    head = "Parameters:\n  Stage: {Type: String, Default: a, AllowedValues: [a, b]}\n  Size: {Type: Number, Default: 2, MinValue: 1, MaxValue: 3}\n"
    with pytest.raises(TemplateError, match=words):
        load(resources(QUEUE, head=head), **given)


@pytest.mark.parametrize(
    ("settings", "key"),
    [(", BatchSize: 11", "BatchSize"), (", MaximumBatchingWindowInSeconds: 1", "MaximumBatchingWindowInSeconds")],
)
def test_es10_a_fifo_queue_has_small_batches_and_no_window(settings: str, key: str) -> None:
    fifo = QUEUE.replace("jobs,", "jobs.fifo, FifoQueue: true,")
    with pytest.raises(
        TemplateError, match=f"{key}: a FIFO queue's batches have at most 10 messages and no batch window"
    ):
        load(resources(fifo, function("F"), MAPPING % settings))
    assert load(resources(fifo, function("F"), MAPPING % ", BatchSize: 10")).mappings


def test_es10_a_window_is_0_to_300_seconds() -> None:
    with pytest.raises(TemplateError, match="301 is not between 0 and 300"):
        load(resources(QUEUE, function("F"), MAPPING % ", MaximumBatchingWindowInSeconds: 301"))
    (mapping,) = load(resources(QUEUE, function("F"), MAPPING % "")).mappings
    assert (mapping.batch_size, mapping.batch_window_s) == (10, 0)


def test_es30_ten_filters_are_the_limit() -> None:
    def filters(count: int) -> str:
        return ", FilterCriteria: {Filters: [" + ", ".join(['{Pattern: \'{"body":["a"]}\'}'] * count) + "]}"

    assert len(load(resources(QUEUE, function("F"), MAPPING % filters(10))).mappings[0].filter_patterns) == 10
    with pytest.raises(TemplateError, match="at most 10 filters"):
        load(resources(QUEUE, function("F"), MAPPING % filters(11)))


LOCAL = "arn:aws:sqs:us-east-1:000000000000:"
EVENTS = """  E:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref F
      Qualifier: $LATEST
      DestinationConfig: {OnFailure: {Destination: "%s"}}"""


def plain_mapping(arn: str, more: str = "") -> str:
    return (MAPPING % more).replace("!GetAtt Q.Arn", f'"{arn}"')


def dead_letters(arn: str) -> str:
    return QUEUE.replace("30}", f'30, RedrivePolicy: {{deadLetterTargetArn: "{arn}", maxReceiveCount: 4}}}}')


def test_es42_a_mapping_may_name_a_queue_that_a_program_makes() -> None:
    (mapping,) = load(resources(function("F"), plain_mapping(f"{LOCAL}later"))).mappings
    assert (mapping.queue, mapping.function) == ("later", "facepipe-F")


def test_es41_a_mapping_that_names_its_queue_by_a_plain_arn_is_held_to_its_visibility() -> None:
    with pytest.raises(TemplateError, match="Queue visibility timeout: 30 seconds is less than"):
        load(resources(QUEUE, function("F", Timeout="300"), plain_mapping(f"{LOCAL}jobs")))


def test_es10_a_queue_that_a_program_makes_is_known_as_fifo_by_its_name() -> None:
    with pytest.raises(TemplateError, match="BatchSize: a FIFO queue's batches have at most 10 messages"):
        load(resources(function("F"), plain_mapping(f"{LOCAL}later.fifo", ", BatchSize: 11")))


def test_es45_dead_letters_may_go_to_a_queue_that_a_program_makes() -> None:
    policy = load(resources(dead_letters(f"{LOCAL}elsewhere"))).queues[0].redrive_policy
    assert policy is not None
    assert (policy.dead_letter_queue, policy.max_receive_count) == ("elsewhere", 4)


def test_rt08_events_may_end_in_a_queue_that_a_program_makes() -> None:
    (config,) = load(resources(function("F"), EVENTS % f"{LOCAL}ends")).event_invokes
    assert config.on_failure == f"{LOCAL}ends"


FOREIGN = {
    "another account": ("arn:aws:sqs:us-east-1:123456789012:ends", "account 123456789012"),
    "another region": ("arn:aws:sqs:eu-west-1:000000000000:ends", "eu-west-1"),
}


@pytest.mark.parametrize(("arn", "named"), FOREIGN.values(), ids=list(FOREIGN))
@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (lambda arn: (function("F"), plain_mapping(arn)), "Resources.M.Properties.EventSourceArn"),
        (
            lambda arn: (function("F"), EVENTS % arn),
            "Resources.E.Properties.DestinationConfig.OnFailure.Destination",
        ),
        (lambda arn: (dead_letters(arn),), "Resources.Q.Properties.RedrivePolicy.deadLetterTargetArn"),
    ],
    ids=["source", "destination", "dead letters"],
)
def test_a_queue_of_another_account_or_region_is_refused_with_the_cure(parts, path: str, arn: str, named: str) -> None:
    with pytest.raises(TemplateError) as caught:
        load(resources(*parts(arn)))
    told = str(caught.value)
    assert told.startswith(f"{path}: {arn} is a queue of account ")
    assert named in told
    assert f"; use {LOCAL}ends" in told
    assert ("or start the emulator with --region eu-west-1" in told) == (named == "eu-west-1")


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        ("ends", "is not the ARN of an SQS queue"),
        (f"{LOCAL}two words", "is not the ARN of an SQS queue"),
        (f"{LOCAL}ends.fifo", "a FIFO queue cannot be a destination; name a standard queue"),
    ],
)
def test_rt08_a_destination_is_a_standard_queue(arn: str, why: str) -> None:
    with pytest.raises(TemplateError, match=f"Destination: {arn}.*{why}"):
        load(resources(function("F"), EVENTS % arn))


def test_rt08_a_destination_of_another_service_is_named() -> None:
    loaded = load(resources(function("F"), EVENTS % "arn:aws:sns:us-east-1:000000000000:topic"))
    assert "topic is neither a queue nor a function, so it gets no records" in loaded.differences[0]
    assert loaded.event_invokes


def test_es43_the_same_queue_and_function_twice_are_refused() -> None:
    again = (MAPPING % "").replace("  M:", "  Again:")
    with pytest.raises(
        TemplateError, match="Resources.Again: an event source mapping from jobs to .* already exists: M"
    ):
        load(resources(QUEUE, function("F"), MAPPING % "", again))


def test_es46_roles_are_taken_and_named_as_not_emulated() -> None:
    role = "  R:\n    Type: AWS::IAM::Role\n    Properties: {AssumeRolePolicyDocument: {}}"
    assert load(resources(QUEUE, role)).not_emulated == ("R (AWS::IAM::Role)",)


def test_es46_the_applications_role_may_do_what_its_mapping_needs() -> None:
    statements = parse_document((ROOT / "template.yaml").read_text())["Resources"]["RecognitionRole"]["Properties"][
        "Policies"
    ][0]["PolicyDocument"]["Statement"]
    allowed = {
        action: s["Resource"] for s in statements if "Action" in s for action in [*s["Action"]] if "sqs" in action
    }
    needed = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    assert {allowed[action]["Fn::GetAtt"] for action in needed} == {"RequestQueue.Arn"}


URL = """  U:
    Type: AWS::Lambda::Url
    Properties: {AuthType: %s, TargetFunctionArn: !Ref F%s}"""
PERMISSION = """  %s:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref F, Action: "lambda:%s", Principal: "*"%s}"""
BOTH = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ([], BOTH),
        ([("InvokeFunctionUrl", ", FunctionUrlAuthType: NONE")], BOTH[1:]),
        (
            [("InvokeFunctionUrl", ", FunctionUrlAuthType: NONE"), ("InvokeFunction", ", InvokedViaFunctionUrl: true")],
            (),
        ),
        ([("InvokeFunctionUrl", ", FunctionUrlAuthType: AWS_IAM"), ("InvokeFunction", "")], BOTH[:1]),
        ([("InvokeFunctionUrl", ", SourceArn: x"), ("InvokeFunction", "")], BOTH[:1]),
        ([("*", "")], ()),
    ],
)
def test_fu24_a_url_that_nobody_was_granted_is_closed(
    permissions: list[tuple[str, str]], missing: tuple[str, ...]
) -> None:
    written = [PERMISSION % (f"P{n}", *permission) for n, permission in enumerate(permissions)]
    assert load(resources(function("F"), URL % ("NONE", ""), *written)).urls[0].not_granted == missing
    assert load(resources(function("F"), URL % ("AWS_IAM", ""))).urls[0].not_granted == ()


def test_fu24_the_applications_url_is_open_as_the_template_says() -> None:
    for auth_type in ("NONE", "AWS_IAM"):
        parameters = {"FunctionUrlAuthType": auth_type}
        (url,) = load_file(ROOT / "template.yaml", place=PLACE, parameters=parameters).urls
        assert (url.auth_type, url.not_granted) == (auth_type, ())


@pytest.mark.parametrize(
    ("cors", "words"),
    [
        ("{MaxAge: 86401}", "MaxAge: 86401 is not between 0 and 86,400"),
        ("{AllowMethods: [OPTIONS]}", "AllowMethods: 'OPTIONS' is not one of"),
        ("{AllowOrigins: [" + ", ".join("x" * 101) + "]}", "AllowOrigins: has 101 entries; Lambda allows 100"),
        ("{AllowEverything: true}", "AllowEverything: AWS::Lambda::Url has no property AllowEverything in Cors"),
    ],
)
def test_fu27_cors_settings_have_lambdas_ranges(cors: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        load(resources(function("F"), URL % ("NONE", f", Cors: {cors}")))


def test_fu29_response_streaming_is_named_with_what_differs() -> None:
    streaming = load(resources(function("F"), URL % ("NONE", ", InvokeMode: RESPONSE_STREAM")))
    assert streaming.differences == (
        "InvokeMode (U): an answer arrives whole when the function has ended, not as a stream",
    )
    assert streaming.urls
    with pytest.raises(TemplateError, match="InvokeMode: 'STREAM' is not one of BUFFERED, RESPONSE_STREAM"):
        load(resources(function("F"), URL % ("NONE", ", InvokeMode: STREAM")))
    assert not load(resources(function("F"), URL % ("NONE", ", InvokeMode: BUFFERED"))).differences


def test_es48_provisioned_pollers_have_lambdas_defaults() -> None:
    (mapping,) = load(
        resources(QUEUE, function("F"), MAPPING % ", ProvisionedPollerConfig: {MinimumPollers: 3}")
    ).mappings
    assert mapping.provisioned_pollers == ProvisionedPollers(3, 200)
    (mapping,) = load(
        resources(QUEUE, function("F"), MAPPING % ", ProvisionedPollerConfig: {MaximumPollers: 9}")
    ).mappings
    assert mapping.provisioned_pollers == ProvisionedPollers(2, 9)
    assert not load(resources(QUEUE, function("F"), MAPPING % "")).mappings[0].provisioned_pollers


@pytest.mark.parametrize(
    ("pollers", "problem"),
    [
        ("{MinimumPollers: 1}", "MinimumPollers: 1 is not between 2 and 200"),
        ("{MinimumPollers: 201}", "MinimumPollers: 201 is not between 2 and 200"),
        ("{MaximumPollers: 10001}", "MaximumPollers: 10001 is not between 2 and 10,000"),
        (
            "{MinimumPollers: 9, MaximumPollers: 8}",
            r"MinimumPollers \(9\) must not be greater than MaximumPollers \(8\)",
        ),
        ("{MinimumPollers: 2}, ScalingConfig: {MaximumConcurrency: 2}", "MaximumConcurrency cannot be used with"),
    ],
)
def test_es48_what_provisioned_mode_excludes(pollers: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem):
        load(resources(QUEUE, function("F"), MAPPING % f", ProvisionedPollerConfig: {pollers}"))


def test_es45_a_function_may_have_a_dead_letter_queue_of_its_own() -> None:
    (worker,) = load(resources(QUEUE, function("F", DeadLetterConfig="{TargetArn: !GetAtt Q.Arn}"))).functions
    assert worker.dead_letter_queue == "jobs"


NAMED = {
    "VpcConfig": "{SubnetIds: [s]}",
    "TracingConfig": "{Mode: Active}",
    "KmsKeyArn": "arn:aws:kms:us-east-1:1:key/k",
    "FileSystemConfigs": "[{Arn: a, LocalMountPath: /mnt/a}]",
    "DurableConfig": "{ExecutionTimeout: 60}",
    "TenancyConfig": "{TenantIsolationMode: PER_TENANT}",
    "RuntimeManagementConfig": "{UpdateRuntimeOn: Auto}",
    "RecursiveLoop": "Allow",
    "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:1:code-signing-config:c",
    "Tags": "[{Key: a, Value: b}]",
    "Architectures": "[a-processor]",
    "DeadLetterConfig": "{TargetArn: 'arn:aws:sns:us-east-1:1:topic'}",
    "AcceleratorConfig": "{}",  # botocore's model has it and no rule here: it is named all the same
}


@pytest.mark.parametrize("name", NAMED)
def test_a_property_that_aws_has_is_named_with_what_differs(name: str) -> None:
    loaded = load(resources(function("F", **{name: NAMED[name]})))
    (difference,) = loaded.differences
    assert difference.startswith(f"{name} (F): ")
    assert len(loaded.functions) == 1


def test_functions_that_share_a_property_are_named_together() -> None:
    loaded = load(resources(function("F", RecursiveLoop="Allow"), function("G", RecursiveLoop="Allow")))
    assert loaded.differences == (
        "RecursiveLoop (F, G): recursive loops are stopped after 16 invocations all the same",
    )


def test_a_property_of_a_block_that_aws_has_is_named_and_the_rest_of_the_block_stays() -> None:
    (mapping,) = load(
        resources(QUEUE, function("F"), MAPPING % ", DestinationConfig: {OnFailure: {Destination: a}}, BatchSize: 3")
    ).mappings
    assert mapping.batch_size == 3


def test_the_architecture_of_this_machine_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert not load(resources(function("F", Architectures="[arm64]"))).differences
    assert load(resources(function("F", Architectures="[x86_64]"))).differences


def test_sections_and_transforms_that_have_no_effect_are_named() -> None:
    text = "Transform: [AWS::LanguageExtensions]\nRules: {}\n" + resources(QUEUE)
    assert load(text).not_emulated == (
        "AWS::LanguageExtensions (transform: resources are run as the template has them)",
        "Rules (section)",
    )


ALIAS = """  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  L:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: %s}"""


def test_an_alias_of_a_template_names_the_function_as_it_is_now() -> None:
    loaded = load(resources(function("F"), ALIAS % "live"))
    (alias,) = loaded.aliases
    assert (alias.name, alias.version) == ("live", "$LATEST")
    assert loaded.not_emulated == ("V (AWS::Lambda::Version)",)
    stack = Stack()
    stack.apply(loaded)
    assert stack.versions.executed(f"{alias.function}:live") == alias.function
    stack.apply(load(resources(function("F"))))
    assert not stack.versions.aliases


def test_a_name_that_no_alias_can_have_is_refused() -> None:
    with pytest.raises(TemplateError, match="Lambda does not allow the name '1' for an alias"):
        load(resources(function("F"), ALIAS % "'1'"))
