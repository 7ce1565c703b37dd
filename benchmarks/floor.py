"""The floor: a bare Bolt app that stores one row with one commit per slash command, and does nothing else."""

import asyncio
import sys

import sqlalchemy as sa
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.load import SECRET

metadata = sa.MetaData()
entry = sa.Table(
    "entry",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.String(40)),
    sa.Column("text", sa.Text),
)


async def serve(url: str, port: int) -> None:
    """Answer on 127.0.0.1 until the process is ended."""
    if url.startswith("sqlite"):
        engine = create_async_engine(url, pool_size=1, max_overflow=0)

        @sa.event.listens_for(engine.sync_engine, "connect")
        def _connected(connection: object, record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()
    else:
        engine = create_async_engine(url, pool_size=16, max_overflow=0)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0BENCH", bot_token="xoxb-bench", bot_id="B0", bot_user_id="U0"
        )

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    insert = sa.insert(entry)

    @app.command("/contribute")
    async def contribute(ack: AsyncAck, command: dict[str, str]) -> None:
        async with engine.begin() as connection:
            await connection.execute(insert, {"user_id": command["user_id"], "text": command["text"]})
        await ack("Logged")

    async def handle(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(
            AsyncBoltRequest(body=(await request.read()).decode(), headers=dict(request.headers))
        )
        return web.Response(status=answer.status, text=answer.body, content_type="application/json")

    server = web.Application()
    server.router.add_post("/slack/events", handle)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
