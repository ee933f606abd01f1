"""What a post may infringe, whom it targets, and how grave it is.

The codes are those of the annotation guideline (``docs/labels.md``); the Japanese legal term stands beside
each. Labels are not exclusive: one post may be defamation and privacy at once.
"""

from enum import IntEnum, StrEnum


class Label(StrEnum):
    """A kind of infringement, scored independently of the others."""

    DEFAMATION = "defamation"
    """名誉毀損: a concrete discreditable fact about a specific person or organisation."""
    INSULT = "insult"
    """侮辱・名誉感情侵害: abuse, belittling or dehumanising of a specific person."""
    THREAT = "threat"
    """脅迫・加害: harm announced, wished or incited."""
    PRIVACY = "privacy"
    """プライバシー侵害・晒し: private facts of a specific person exposed or solicited."""
    DISCRIMINATION = "discrimination"
    """差別: demeaning or excluding because of a protected trait."""


class Group(StrEnum):
    """The trait a discriminatory post is aimed at (分野)."""

    ETHNICITY = "ethnicity"
    """民族・国籍"""
    BURAKU = "buraku"
    """部落 (同和問題)"""
    DISABILITY = "disability"
    """障害・疾病"""
    GENDER = "gender"
    """性別"""
    SEXUAL_MINORITY = "sexual_minority"
    """性的少数者"""
    RELIGION = "religion"
    """宗教"""
    OCCUPATION = "occupation"
    """職業・身分・貧困"""
    AGE = "age"
    """年齢"""
    REGION = "region"
    """地域・出自"""
    OTHER = "other"
    """その他"""


class Severity(IntEnum):
    """How grave a post is; 2 and above is what a monitor should look at."""

    NONE = 0
    """Nothing for a monitor."""
    UNPLEASANT = 1
    """Unpleasant, but a monitor would leave it."""
    LIKELY = 2
    """Likely an infringement."""
    GRAVE = 3
    """Urgent or grave: a concrete threat, doxxing, incitement, a grave false accusation."""
