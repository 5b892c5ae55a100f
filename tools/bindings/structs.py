"""The arguments of a struct that jsii sends to the kernel: only those that the program has given.

jsii itself sends every argument, also None, and each property evaluates its type when it is read. A struct of the AWS
bindings can have 40 arguments.
"""

from typing import Any

from jsii import _kernel


def send_given_arguments() -> None:
    """Replace the function that translates a value for the kernel. It calls itself, by its name in the module."""
    translate = _kernel._make_reference_for_native

    def translate_given(kernel: Any, value: Any) -> Any:
        names, given = vars(type(value)).get("__jsii_name_mapping__"), getattr(value, "_values", None)
        # jsii itself reads the properties of a subclass, which can override them, and refuses None where it must.
        if names is None or given is None or None in given.values():
            return translate(kernel, value)
        data = {}
        for name, each in given.items():
            try:
                data[names[name]] = translate_given(kernel, each)
            except AttributeError as error:  # jsii takes a value of another type for an object with a type of jsii
                text = f"{type(value).__name__} has the argument {name}, with a value that jsii cannot send: {each!r}"
                raise TypeError(text) from error
        return {"$jsii.struct": {"fqn": value.__jsii_type__, "data": data}}

    vars(_kernel)["_make_reference_for_native"] = translate_given
