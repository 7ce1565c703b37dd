"""Every table there is, for migrations: importing this module registers them all."""

from storage.audit import audit, audit_head
from storage.ballots import slot
from storage.channels import channel
from storage.charters import charter
from storage.concerns import concern, concern_message
from storage.contributions import contribution, contribution_remark, contribution_version
from storage.delegations import delegation
from storage.digests import digest
from storage.inbox import inbound
from storage.initiatives import initiative
from storage.kpis import kpi, kpi_reading
from storage.limits import limit_statement
from storage.milestones import milestone
from storage.nudges import nudge
from storage.occurrences import occurrence
from storage.organisation import setting
from storage.outbox import outbox
from storage.pace import pace
from storage.panels import pulse_turn
from storage.people import identity, person, team
from storage.preferences import preference
from storage.publications import concern_publication, concern_publication_past
from storage.pulses import pulse, pulse_plan, pulse_response
from storage.releases import comment, lineage, release
from storage.rosters import roster
from storage.showcases import showcase, showcase_offer
from storage.signoffs import decision, signoff, signoff_version
from storage.transitions import transition_step

ALL = (
    audit,
    audit_head,
    channel,
    charter,
    comment,
    concern,
    concern_message,
    concern_publication,
    concern_publication_past,
    contribution,
    contribution_remark,
    contribution_version,
    decision,
    delegation,
    digest,
    identity,
    inbound,
    initiative,
    kpi,
    kpi_reading,
    limit_statement,
    lineage,
    milestone,
    nudge,
    occurrence,
    outbox,
    pace,
    person,
    preference,
    pulse,
    pulse_plan,
    pulse_response,
    pulse_turn,
    release,
    roster,
    setting,
    showcase,
    showcase_offer,
    signoff,
    signoff_version,
    slot,
    team,
    transition_step,
)
