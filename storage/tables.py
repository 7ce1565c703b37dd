"""Every table there is, for migrations: importing this module registers them all."""

from storage.audit import audit, audit_head
from storage.channels import channel
from storage.charters import charter
from storage.contributions import contribution, contribution_remark, contribution_version
from storage.delegations import delegation
from storage.inbox import inbound
from storage.initiatives import initiative
from storage.kpis import kpi, kpi_reading
from storage.limits import limit_statement
from storage.milestones import milestone
from storage.outbox import outbox
from storage.people import identity, person, team
from storage.signoffs import decision, signoff, signoff_version
from storage.transitions import transition_step

ALL = (
    audit,
    audit_head,
    channel,
    charter,
    contribution,
    contribution_remark,
    contribution_version,
    decision,
    delegation,
    identity,
    inbound,
    initiative,
    kpi,
    kpi_reading,
    limit_statement,
    milestone,
    outbox,
    person,
    signoff,
    signoff_version,
    team,
    transition_step,
)
