"""What messages of other chats look like in chatsite's Markdown: one module for each dialect. All are pure functions.

markdown.py makes chatsite's Markdown from plain text and styled runs: of runs that need no care (calm.py) at once, of
others so that the renderer finds what was meant (runs.py, spans.py). The dialects use it and nothing else of the kind.
Shared by dialects: unmarked.py knows texts without any sign, marks.py the marks of Slack and Rocket.Chat, commonmark.py
Mattermost's and Zulip's Markdown, html.py (html_elements.py, html_blocks.py) the HTML of Teams, Matrix and Campfire,
shortcodes.py emoji by name, mentions.py mentions.
"""
