"""Small chains for tests: a function URL, a queue, a mapping and a second function, with times that the test gives."""

from collections.abc import Sequence

from emulator.resources import Resources
from emulator.template import Place, load_text
from facepipe.forecast.aws_assumptions import AwsAssumptions
from facepipe.forecast.call_samples import AllSamples, CallSamples
from facepipe.forecast.chain import Chain, find_chain

AT_ONCE = AwsAssumptions(0.0, 0.0, 0.0, 0.0)
PLACE = Place(lambda name: f"http://127.0.0.1/000000000000/{name}", lambda _: "http://127.0.0.1/")
TEMPLATE = """
Resources:
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: work
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  First:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: first
      PackageType: Image
      Code: {ImageUri: first}
      Timeout: 30
      MemorySize: 1024
      Environment: {Variables: {QUEUE: !Ref Work}}
      %(first)s
  Second:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: second
      PackageType: Image
      Code: {ImageUri: second}
      Timeout: 60
      MemorySize: 1024
      Environment: {Variables: {QUEUE_URL: http://elsewhere/results}}
      %(second)s
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt First.Arn, AuthType: NONE}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Work.Arn
      FunctionName: !Ref Second
      %(mapping)s
"""


def resources(*, first: str = "", second: str = "", mapping: str = "BatchSize: 1") -> Resources:
    """Return the resources of the small template, with further properties."""
    return load_text(TEMPLATE % {"first": first, "second": second, "mapping": mapping}, place=PLACE, parameters={})


def chain(*, first: str = "", second: str = "", mapping: str = "BatchSize: 1") -> Chain:
    """Return the chain of the small template, with further properties."""
    return find_chain(resources(first=first, second=second, mapping=mapping))


def samples(
    first_ms: Sequence[float], second_ms: Sequence[float], *, second_failed: float = 0.0, message_bytes: float = 0.0
) -> AllSamples:
    """Return samples with these times."""
    first = CallSamples("first", tuple(first_ms))
    second = CallSamples("second", tuple(second_ms), failed=second_failed, message_bytes=message_bytes)
    return AllSamples("the test", {"first": first, "second": second})
