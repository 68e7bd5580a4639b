"""Reads CloudFormation templates into `Resources`."""

from emulator.properties import TemplateError
from emulator.template.load import Declared, Place, load_declared, load_file, load_text

__all__ = ["Declared", "Place", "TemplateError", "load_declared", "load_file", "load_text"]
