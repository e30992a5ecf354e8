"""Check a setting that is a number or "auto"."""

from typing import Literal

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

Auto = Literal["auto"]


def or_auto(what: str) -> WrapValidator:
    """One error that names both, where pydantic would tell of each why it is not that one."""

    def check(value: object, validate: ValidatorFunctionWrapHandler) -> object:
        try:
            return validate(value)
        except ValidationError:
            raise ValueError(f'neither "auto" nor {what}') from None

    return WrapValidator(check)
