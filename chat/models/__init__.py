from . import catching_up
from .attachments import Attachment
from .conversations import Conversation
from .costs import Spending
from .devices import Device
from .feedback import Feedback
from .folders import Folder
from .journal import JournalEntry, JournalFence, JournalTopic
from .keys import ApiKey
from .messages import Message
from .preferences import Preferences
from .prompts import SavedPrompt
from .providers import Model, Provider
from .readings import TranscriptReading
from .search import SearchEntry
from .setup import SetupLink
from .shares import Share, SharedMessage
from .tools import McpServer, Tool, ToolConsent, ToolUse
from .traces import Trace
from .turns import Turn

__all__ = [
    "ApiKey",
    "Attachment",
    "Conversation",
    "Device",
    "Feedback",
    "Folder",
    "JournalEntry",
    "JournalFence",
    "JournalTopic",
    "McpServer",
    "Message",
    "Model",
    "Preferences",
    "Provider",
    "SavedPrompt",
    "SearchEntry",
    "SetupLink",
    "Share",
    "SharedMessage",
    "Spending",
    "Tool",
    "ToolConsent",
    "ToolUse",
    "Trace",
    "TranscriptReading",
    "Turn",
    "catching_up",
]
