"""Yardstick: the lines that every tutorial has. FastAPI's StreamingResponse over AsyncOpenAI, on uvicorn."""

import json
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI()
client = AsyncOpenAI(base_url=f"{sys.argv[2]}/v1", api_key="none")


class Question(BaseModel):
    model: str
    text: str


@app.post("/chat")
async def chat(question: Question) -> StreamingResponse:
    async def tokens() -> AsyncIterator[str]:
        stream = await client.chat.completions.create(
            model=question.model, messages=[{"role": "user", "content": question.text}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield f"data: {json.dumps({'text': chunk.choices[0].delta.content})}\n\n"

    return StreamingResponse(tokens(), media_type="text/event-stream")


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, backlog=2048
    )
