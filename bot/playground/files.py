"""The files part of the Web API: ask for an upload URL, upload, complete; the file is then a message."""

import json
import secrets
from collections.abc import Callable

from bot.playground.roster import BOT_USER_ID
from bot.playground.state import ApiError, Json, Message, State, StoredFile


class FileMethods:
    """files.getUploadURLExternal and files.completeUploadExternal."""

    def __init__(self, state: State, base_url: Callable[[], str]) -> None:
        self.state = state
        self.base_url = base_url

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "files.getUploadURLExternal": self.get_upload_url,
            "files.completeUploadExternal": self.complete_upload,
        }

    def get_upload_url(self, args: Json) -> Json:
        name = str(args.get("filename") or "")
        try:
            length = int(args.get("length") or 0)
        except ValueError:
            length = 0
        if not name or length <= 0:
            raise ApiError("invalid_arguments")
        file = StoredFile(self.state.new_id("F"), name, length, str(args.get("alt_txt") or ""), title=name)
        self.state.files[file.id] = file
        return {
            "upload_url": f"{self.base_url()}/upload/{file.id}/{secrets.token_hex(6)}",
            "file_id": file.id,
        }

    def complete_upload(self, args: Json) -> Json:
        wanted = args.get("files")
        if isinstance(wanted, str):
            try:
                wanted = json.loads(wanted)
            except ValueError as error:
                raise ApiError("invalid_arguments") from error
        if not isinstance(wanted, list) or not wanted:
            raise ApiError("invalid_arguments")
        done: list[StoredFile] = []
        for entry in wanted:
            file = self.state.files.get(str(entry.get("id")))
            if file is None:
                raise ApiError("file_not_found")
            if len(file.content) != file.length:
                raise ApiError("file_update_failed")
            file.title = str(entry.get("title") or file.name)
            done.append(file)
        channels = [c for c in str(args.get("channel_id") or args.get("channels") or "").split(",") if c]
        for ref in channels:
            channel = self.state.channel(ref)
            if BOT_USER_ID not in channel.members:
                raise ApiError("not_in_channel")
            content: Json = {"text": args.get("initial_comment") or "", "thread_ts": args.get("thread_ts")}
            body = self.state.bot_body(content)
            body["files"] = [self.file_json(file) for file in done]
            self.state.post(Message(channel.id, body))
            for file in done:
                file.channels.append(channel.id)
        return {"files": [self.file_json(file) for file in done]}

    def file_json(self, file: StoredFile) -> Json:
        """A file as it stands in a message."""
        url = f"{self.base_url()}/files/{file.id}/{file.name}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "size": file.length,
            "filetype": file.name.rpartition(".")[2].lower(),
            "alt_txt": file.alt_text,
            "user": BOT_USER_ID,
            "channels": list(file.channels),
            "url_private": url,
            "url_private_download": url,
            "permalink": url,
        }
