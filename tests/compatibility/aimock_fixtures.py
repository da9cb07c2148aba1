"""What aimock is to say to `rounds`: thoughts and two calls first, and an answer once it has their results."""

import json

CALLS = [
    {"name": "current_time", "arguments": {"time_zone": "Asia/Tokyo"}},
    {"name": "calculator", "arguments": {"expression": "6 * 7"}},
]
FIXTURES = [
    {
        "match": {"userMessage": "time and sum", "hasToolResult": False},
        "response": {"content": "I will look.", "toolCalls": CALLS, "reasoning": "Both are needed.\n"},
    },
    {
        "match": {"userMessage": "time and sum", "hasToolResult": True},
        "response": {"content": "It is noon in Tokyo, and 42.", "reasoning": "Now it is clear.\n"},
    },
    {
        "match": {"userMessage": "too much"},
        "response": {"error": {"message": "Overloaded", "type": "overloaded_error"}, "status": 529},
    },
]

if __name__ == "__main__":
    print(json.dumps({"fixtures": FIXTURES}, indent=1))
