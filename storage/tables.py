"""Every table there is, for migrations: importing this module registers them all."""

from storage.contributions import contribution, contribution_remark, contribution_version
from storage.inbox import inbound
from storage.initiatives import initiative
from storage.outbox import outbox
from storage.people import identity, person, team

ALL = (
    contribution,
    contribution_remark,
    contribution_version,
    identity,
    inbound,
    initiative,
    outbox,
    person,
    team,
)
