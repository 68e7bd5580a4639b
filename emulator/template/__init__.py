"""Reads CloudFormation and SAM templates into `Resources`."""

from emulator.properties import TemplateError
from emulator.template.load import Declared, load_declared, load_file, load_text
from emulator.template.references import Place
from emulator.template.template_problems import problems_in

__all__ = ["Declared", "Place", "TemplateError", "load_declared", "load_file", "load_text", "problems_in"]
