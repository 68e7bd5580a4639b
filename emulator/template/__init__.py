"""CloudFormation in, `Resources` out."""

from emulator.template.document import TemplateError
from emulator.template.load import Place, load_file, load_text

__all__ = ["Place", "TemplateError", "load_file", "load_text"]
