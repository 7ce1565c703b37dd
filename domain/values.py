"""What every value of the rules has in common."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A value: checked when it is made, and never changed. What checks it is built when the first one is made."""

    model_config = ConfigDict(frozen=True, defer_build=True)
