from .conversations import Conversation
from .journal import JournalEntry, JournalFence, JournalTopic
from .messages import Message
from .providers import Model, Provider
from .readings import TranscriptReading
from .setup import SetupLink
from .turns import Turn

__all__ = [
    "Conversation",
    "JournalEntry",
    "JournalFence",
    "JournalTopic",
    "Message",
    "Model",
    "Provider",
    "SetupLink",
    "TranscriptReading",
    "Turn",
]
