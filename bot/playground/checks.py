"""Texts, options and elements of Block Kit, checked as Slack checks them, wherever they stand."""

from typing import Any

Json = dict[str, Any]
Problems = list[str]

SELECTS = {
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
}
MULTI_SELECTS = {f"multi_{name}" for name in SELECTS}
PICKERS = {"datepicker", "timepicker", "datetimepicker"}
CHOICES = {"checkboxes", "radio_buttons"}
TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"}
INPUT_ELEMENTS = SELECTS | MULTI_SELECTS | PICKERS | CHOICES | TYPED | {"file_input"}
ACTION_ELEMENTS = SELECTS | MULTI_SELECTS | PICKERS | CHOICES | {"button", "overflow", "workflow_button"}
ACCESSORIES = ACTION_ELEMENTS | {"image"}


class Check:
    """One pass over one surface (message, modal or home)."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.problems: Problems = []

    def fail(self, sentence: str, where: str) -> None:
        self.problems.append(f"{sentence} [json-pointer:{where}]")

    def required(self, holder: Json, key: str, where: str) -> bool:
        if holder.get(key) in (None, "", [], {}):
            self.fail(f"missing required field: {key}", where)
            return False
        return True

    def string(self, value: Any, where: str, limit: int) -> None:
        if not isinstance(value, str):
            self.fail("must be a string", where)
        elif len(value) > limit:
            self.fail(f"must be less than {limit + 1} characters", where)

    def text(self, value: Any, where: str, limit: int, *, plain: bool = False) -> None:
        """A text object: present, of an allowed type, 1 to `limit` characters."""
        if not isinstance(value, dict):
            self.fail("missing required field: text object", where)
            return
        allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if value.get("type") not in allowed:
            self.fail(f"unsupported text type: {value.get('type')}", f"{where}/type")
        content = value.get("text")
        if not isinstance(content, str) or content == "":
            self.fail("must be more than 0 characters", f"{where}/text")
        elif len(content) > limit:
            self.fail(f"must be less than {limit + 1} characters", f"{where}/text")

    def options(self, options: Any, where: str, limit: int, *, plain: bool) -> list[Json]:
        if not isinstance(options, list) or not options:
            self.fail("must have at least 1 item", where)
            return []
        if len(options) > limit:
            self.fail(f"no more than {limit} items allowed", where)
        for index, option in enumerate(options):
            at = f"{where}/{index}"
            if not isinstance(option, dict):
                self.fail("must be an object", at)
                continue
            self.text(option.get("text"), f"{at}/text", 75, plain=plain)
            if option.get("description") is not None:
                self.text(option["description"], f"{at}/description", 75, plain=plain)
            if not isinstance(option.get("value"), str):
                self.fail("missing required field: value", at)
            else:
                self.string(option["value"], f"{at}/value", 150)
        return [option for option in options if isinstance(option, dict)]

    def confirm(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            self.fail("must be an object", where)
            return
        self.text(value.get("title"), f"{where}/title", 100, plain=True)
        self.text(value.get("text"), f"{where}/text", 300)
        for key in ("confirm", "deny"):
            if value.get(key) is not None:
                self.text(value[key], f"{where}/{key}", 30, plain=True)

    def image(self, block: Json, where: str) -> None:
        self.required(block, "alt_text", where)
        if block.get("alt_text"):
            self.string(block["alt_text"], f"{where}/alt_text", 2000)
        if (block.get("image_url") is None) == (block.get("slack_file") is None):
            self.fail("exactly one of image_url and slack_file is required", where)
        elif block.get("image_url") is not None:
            self.string(block["image_url"], f"{where}/image_url", 3000)

    def element(self, value: Any, where: str, allowed: set[str], seen: set[str]) -> None:
        """An interactive element (or an image accessory)."""
        if not isinstance(value, dict):
            self.fail("must be an object", where)
            return
        kind = str(value.get("type"))
        if kind not in allowed:
            self.fail(f"unsupported type: {kind}", f"{where}/type")
            return
        if kind == "image":
            self.image(value, where)
            return
        action_id = value.get("action_id")
        if action_id is not None:
            self.string(action_id, f"{where}/action_id", 255)
            if action_id in seen:
                self.fail(f"`action_id` {action_id} already exists in this block", f"{where}/action_id")
            seen.add(str(action_id))
        if value.get("placeholder") is not None:
            self.text(value["placeholder"], f"{where}/placeholder", 150, plain=True)
        if value.get("confirm") is not None:
            self.confirm(value["confirm"], f"{where}/confirm")
        if kind == "button":
            self.button(value, where)
        elif kind in ("static_select", "multi_static_select"):
            self.select(value, where)
        elif kind == "overflow":
            self.options(value.get("options"), f"{where}/options", 5, plain=True)
        elif kind in CHOICES:
            options = self.options(value.get("options"), f"{where}/options", 10, plain=False)
            self.initial(value, where, options)
        elif kind in ("plain_text_input", "number_input"):
            self.typed(value, where, kind)

    def button(self, value: Json, where: str) -> None:
        self.text(value.get("text"), f"{where}/text", 75, plain=True)
        if value.get("value") is not None:
            self.string(value["value"], f"{where}/value", 2000)
        if value.get("url") is not None:
            self.string(value["url"], f"{where}/url", 3000)
        if value.get("accessibility_label") is not None:
            self.string(value["accessibility_label"], f"{where}/accessibility_label", 75)
        if value.get("style") not in (None, "primary", "danger"):
            self.fail(f"unsupported style: {value.get('style')}", f"{where}/style")

    def select(self, value: Json, where: str) -> None:
        groups = value.get("option_groups")
        if (groups is None) == (value.get("options") is None):
            self.fail("exactly one of options and option_groups is required", where)
            return
        if groups is None:
            options = self.options(value["options"], f"{where}/options", 100, plain=True)
        else:
            options = []
            if not isinstance(groups, list) or not 1 <= len(groups) <= 100:
                self.fail("must have 1 to 100 items", f"{where}/option_groups")
                return
            for index, group in enumerate(groups):
                at = f"{where}/option_groups/{index}"
                self.text(group.get("label"), f"{at}/label", 75, plain=True)
                options += self.options(group.get("options"), f"{at}/options", 100, plain=True)
        self.initial(value, where, options)

    def initial(self, value: Json, where: str, options: list[Json]) -> None:
        known = {(str(o.get("value")), str((o.get("text") or {}).get("text"))) for o in options}
        chosen = list(value.get("initial_options") or [])
        if value.get("initial_option") is not None:
            chosen.append(value["initial_option"])
        for option in chosen:
            if (str(option.get("value")), str((option.get("text") or {}).get("text"))) not in known:
                self.fail("initial option is not among the options", where)

    def typed(self, value: Json, where: str, kind: str) -> None:
        if kind == "number_input":
            if not isinstance(value.get("is_decimal_allowed"), bool):
                self.fail("missing required field: is_decimal_allowed", where)
            for key in ("min_value", "max_value", "initial_value"):
                if value.get(key) is not None and not isinstance(value[key], str):
                    self.fail("must be a string", f"{where}/{key}")
            return
        low, high = value.get("min_length"), value.get("max_length")
        if low is not None and not 0 <= int(low) <= 3000:
            self.fail("must be 0 to 3000", f"{where}/min_length")
        if high is not None and not 1 <= int(high) <= 3000:
            self.fail("must be 1 to 3000", f"{where}/max_length")
        if low is not None and high is not None and int(low) > int(high):
            self.fail("min_length must not be greater than max_length", where)
        if len(str(value.get("initial_value") or "")) > 3000:
            self.fail("must be less than 3001 characters", f"{where}/initial_value")
