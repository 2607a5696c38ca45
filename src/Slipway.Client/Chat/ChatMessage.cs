using System.ComponentModel.DataAnnotations;

namespace Slipway.Client.Chat;

/// <summary>One earlier turn of a conversation.</summary>
/// <param name="Role">One of <see cref="ChatRoles"/>.</param>
/// <param name="Content">What was said.</param>
public sealed record ChatMessage(
    [property: AllowedValues(ChatRoles.System, ChatRoles.User, ChatRoles.Assistant)] string Role,
    string Content);

/// <summary>Who speaks in a <see cref="ChatMessage"/>.</summary>
public static class ChatRoles
{
    public const string System = "system";
    public const string User = "user";
    public const string Assistant = "assistant";
}
