"""The query protocol's names of members; botocore's model has only the JSON protocol's names.

Source: SQS's API Reference, which lists each operation's parameters as they are written in a form (`Attribute.1.Name`).
"""

from botocore.model import MapShape, Shape

XML_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
#: a member of the model → its name in forms and in XML; all other members keep their names
_MEMBERS = {
    "AWSAccountIds": "AWSAccountId",
    "Actions": "ActionName",
    "AttributeNames": "AttributeName",
    "Attributes": "Attribute",
    "BinaryListValues": "BinaryListValue",
    "MessageAttributeNames": "MessageAttributeName",
    "MessageAttributes": "MessageAttribute",
    "MessageSystemAttributeNames": "MessageSystemAttributeName",
    "MessageSystemAttributes": "MessageSystemAttribute",
    "QueueUrls": "QueueUrl",
    "StringListValues": "StringListValue",
    "TagKeys": "TagKey",
    "Tags": "Tag",
    "queueUrls": "QueueUrl",
    "tags": "Tag",
}
_TAG_KEY = "TagKey"  #: the shape of a tag's key


def name_of(member: str, shape: Shape) -> str:
    """Return a member's name in forms and in XML. A list of structures is named after the structure."""
    if shape.type_name == "list" and shape.member.type_name == "structure":
        return str(shape.member.name)
    return _MEMBERS.get(member, member)


def names_in_map(shape: MapShape) -> tuple[str, str]:
    """Return the names of a map's keys and values."""
    return ("Key" if shape.key.name == _TAG_KEY else "Name"), "Value"
