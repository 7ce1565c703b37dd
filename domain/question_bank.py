"""The questions that come with Tandem, and the sets that are offered ready made.

Source of the subjects: the three articles in the seeds; every question says which, and the idea. The wording is our
own.
"""

from collections.abc import Mapping

from domain.questions import Direction, Driver, Question, scale_of
from domain.values import Value


class QuestionSet(Value):
    """Questions that belong together at one moment of a deployment."""

    key: str
    title: str
    #: When it is of use, in one sentence.
    about: str
    #: Keys of the bank, in the order in which they are asked.
    questions: tuple[str, ...]


def by_key(key: str) -> Question:
    """A question of the bank. Raises KeyError."""
    return _BY_KEY[key]


def set_by_key(key: str) -> QuestionSet:
    """One of the ready-made sets. Raises KeyError."""
    return _SET_BY_KEY[key]


_CREDIT = "First article, on credit and co-ownership"
_OWNERSHIP = "Second article, on coordination and ownership"
_PEOPLE = "Third article, on HR and the AI function working together"


def _ask(
    key: str, text: str, source: str, *, favourable: Direction = "high", sensitive: bool | None = None
) -> Question:
    """A question of the bank: its key begins with its driver, its scale follows from its opening."""
    driver = Driver(key.partition(".")[0])
    return Question(
        key=key,
        driver=driver,
        text=text,
        favourable=favourable,
        labels=scale_of(text),
        sensitive=driver.sensitive if sensitive is None else sensitive,
        source=source,
    )


#: `{tool}` may be one name or "the AI tools we use", so no verb and no pronoun has to agree with it.
BANK: tuple[Question, ...] = (
    _ask(
        "understanding.for_me",
        "I can say what {tool} should make easier in my own work.",
        f"{_PEOPLE}: people hold back while they do not see what a tool is for in their own work",
    ),
    _ask(
        "understanding.tasks",
        "I know which of my tasks I can do with {tool}.",
        f"{_PEOPLE}: where a tool begins and ends is often hard to grasp for the person who uses it",
    ),
    _ask(
        "understanding.limits",
        "I know where the limits of {tool} are in my work.",
        f"{_PEOPLE}: being honest about what tools do badly is part of a responsible roll-out",
    ),
    _ask(
        "understanding.my_part",
        "It is clear to me which decisions stay with me when I work with {tool}.",
        f"{_CREDIT}: what remains with the department is said, and written down",
    ),
    _ask(
        "understanding.guessing",
        "How often do you have to guess what can be done with {tool}?",
        f"{_PEOPLE}: a use that has no clear bounds leaves people guessing",
        favourable="low",
    ),
    _ask(
        "trust.right_here",
        "The results I get from {tool} are right often enough for my work.",
        f"{_PEOPLE}: people hold back while results do not seem reliable in their own context",
    ),
    _ask(
        "trust.exceptions",
        "How confident are you in the results of {tool} when a case is unusual?",
        f"{_PEOPLE}: doubts sit in particular cases such as exceptions, more than in AI as such",
    ),
    _ask(
        "trust.told",
        "After an error with {tool}, I am told what was changed.",
        f"{_PEOPLE}: an error that nobody explains costs more trust than the error",
    ),
    _ask(
        "trust.checking",
        "How easy is it for you to check a result from {tool}?",
        f"{_CREDIT}: a department should be able to interpret what a model puts out",
    ),
    _ask(
        "trust.redoing",
        "How often do you redo work because a result from {tool} was wrong?",
        f"{_PEOPLE}: wrong results in daily work are what distrust is made of",
        favourable="low",
    ),
    _ask(
        "interest.future",
        "Getting better at working with {tool} is good for my own future here.",
        f"{_PEOPLE}: people hold back while they believe that taking part works against them",
    ),
    _ask(
        "interest.disadvantage",
        "What I put into {tool} could be turned against me.",
        f"{_PEOPLE}: the belief that helping AI along harms oneself is seldom said aloud",
        favourable="low",
    ),
    _ask(
        "interest.gain",
        "I gain something for my own work when I work with {tool}.",
        f"{_PEOPLE}: the benefit often shows elsewhere than with the person who does the work",
    ),
    _ask(
        "interest.saved_time",
        "I can say openly how much time I save with {tool}.",
        f"{_PEOPLE}: people who fear for their part keep gains to themselves and go quiet",
    ),
    _ask(
        "interest.monitored",
        "How often does working with {tool} feel like being monitored?",
        f"{_PEOPLE}: a tool that is meant to help can be felt as one that watches",
        favourable="low",
    ),
    _ask(
        "fairness.share",
        "When something succeeds with {tool}, my department gets a fair share of the credit.",
        f"{_CREDIT}: departments fear that success is told as the work of the AI team",
    ),
    _ask(
        "fairness.named",
        "When results of {tool} are presented, the people who helped are named.",
        f"{_CREDIT}: experts who give their time stand as co-authors in what is told",
    ),
    _ask(
        "fairness.review",
        "The time I give to {tool} counts when my work is reviewed.",
        f"{_CREDIT}: contributions are traceable, so that reviews and recognition can draw on them",
    ),
    _ask(
        "fairness.elsewhere",
        "How often is work of your team on {tool} credited to somebody else?",
        f"{_OWNERSHIP}: wins of a pilot go to the central team although others did the work",
        favourable="low",
    ),
    _ask(
        "control.say",
        "My team has a say in how we work with {tool}.",
        f"{_CREDIT}: loss of autonomy is a reason to resist even what helps",
    ),
    _ask(
        "control.override",
        "I can decide differently when a result of {tool} looks wrong to me.",
        f"{_CREDIT}: people need levers of their own in a process that AI supports",
    ),
    _ask(
        "control.dependent",
        "My team depends on another department to change how we work with {tool}.",
        f"{_OWNERSHIP}: when each change waits for a central team, a queue grows",
        favourable="low",
    ),
    _ask(
        "time.week",
        "I have time in my working week to try things out with {tool}.",
        f"{_PEOPLE}: time set aside to experiment is an investment that people notice",
    ),
    _ask(
        "time.open_outcome",
        "I may spend working time on trying out {tool} when the outcome is open.",
        f"{_PEOPLE}: people learn when an attempt does not have to deliver something",
    ),
    _ask(
        "time.own_hours",
        "How often do you learn about {tool} outside your working hours?",
        f"{_PEOPLE}: learning AI is part of the job, and not left to the evenings",
        favourable="low",
    ),
    _ask(
        "help.whom",
        "I know whom to ask when I am stuck with {tool}.",
        f"{_PEOPLE}: somebody who can help is an investment that costs little",
    ),
    _ask(
        "help.easy",
        "How easy is it to get help when you are stuck with {tool}?",
        f"{_OWNERSHIP}: a way to raise problems is only of use if it answers soon",
    ),
    _ask(
        "help.answer",
        "The answers I get to questions about {tool} help me in my own work.",
        f"{_OWNERSHIP}: those who enable others advise on real tasks",
    ),
    _ask(
        "role.fits",
        "My role as it is agreed fits the work I do with {tool}.",
        f"{_PEOPLE}: work that changes deserves to be seen in how a role is defined",
    ),
    _ask(
        "role.counts",
        "Checking the results of {tool} counts as part of my work.",
        f"{_PEOPLE}: moving from doing to judging is work, and is to be valued as such",
    ),
    _ask(
        "role.goals",
        "My goals were adjusted to the way I work with {tool}.",
        f"{_PEOPLE}: what is measured and rewarded has to follow how the work changed",
    ),
    _ask(
        "role.risk",
        "Changing my tasks because of {tool} is a risk for my career.",
        f"{_PEOPLE}: people carry a career risk for the organisation when only their tasks change",
        favourable="low",
        sensitive=True,
    ),
    _ask(
        "voice.answered",
        "When I raise something about {tool}, somebody gets back to me.",
        f"{_PEOPLE}: people ask themselves whether their experience of the change matters",
    ),
    _ask(
        "voice.changed",
        "How often does feedback from your team change something about {tool}?",
        f"{_PEOPLE}: a concern that is specific can be acted on, and should show an effect",
    ),
    _ask(
        "voice.early",
        "I was asked for my view before {tool} came into my work.",
        f"{_CREDIT}: resistance falls when people take part in the design early",
    ),
    _ask(
        "voice.open",
        "I can speak openly about problems with {tool}.",
        f"{_PEOPLE}: people who do not feel heard withdraw quietly",
        sensitive=True,
    ),
    _ask(
        "use.suitable",
        "How often do you turn to {tool} for suitable tasks?",
        f"{_CREDIT}: adoption is use, and not the number of tools delivered",
    ),
    _ask(
        "use.around",
        "How often do you go back to your earlier way of working instead of working with {tool}?",
        f"{_PEOPLE}: ways around a tool show up long after the usage figures looked good",
        favourable="low",
    ),
    _ask(
        "use.shared",
        "How often do you show colleagues what you tried with {tool}?",
        f"{_OWNERSHIP}: what one team learned is of worth when others can take it up",
    ),
)

SETS: tuple[QuestionSet, ...] = (
    QuestionSet(
        key="first",
        title="First pulse",
        about="One question for each cause of holding back: where to look first.",
        questions=("understanding.for_me", "trust.right_here", "interest.future"),
    ),
    QuestionSet(
        key="after",
        title="After go-live",
        about="Some weeks after a go-live: whether the results hold, help is there and the tool is used.",
        questions=("trust.exceptions", "help.whom", "use.around"),
    ),
    QuestionSet(
        key="before",
        title="Before scaling",
        about="Before more teams get it: whether credit, control and roles are right in the first ones.",
        questions=("fairness.share", "control.say", "role.fits"),
    ),
    QuestionSet(
        key="investment",
        title="Investment in people",
        about="Whether people have time, help and goals that go with the change.",
        questions=("time.week", "help.easy", "role.goals"),
    ),
)

_BY_KEY: Mapping[str, Question] = {question.key: question for question in BANK}
_SET_BY_KEY: Mapping[str, QuestionSet] = {one.key: one for one in SETS}
