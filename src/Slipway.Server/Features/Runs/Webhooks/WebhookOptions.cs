using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>What the section <c>Training</c> says of webhooks.</summary>
internal sealed class WebhookOptions
{
    /// <summary>Who is told of ended runs.</summary>
    public List<WebhookTarget> Webhooks { get; init; } = [];

    [ValidateObjectMembers]
    public DeliveryOptions WebhookDelivery { get; init; } = new();
}

/// <summary>Somebody who is told of ended runs.</summary>
internal sealed class WebhookTarget
{
    /// <summary>Where to POST; http or https. It may hold a secret and is not shown beyond its host.</summary>
    public string Url { get; init; } = "";

    /// <summary>What the signature is made with; at least 16 characters, never shown.</summary>
    public string Secret { get; init; } = "";

    /// <summary>Which ends are told, of <see cref="WebhookEvents.All"/>; none named means all.</summary>
    public List<string> Events { get; init; } = [];

    /// <summary>Lets the address be one of this machine or of a private network.</summary>
    public bool AllowPrivate { get; init; }
}

/// <summary>How long and how often a delivery is tried.</summary>
internal sealed class DeliveryOptions
{
    /// <summary>After the first failure; doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(10);

    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromHours(1);

    /// <summary>So long after the run's end nothing is tried any more.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>One attempt: the name, the connection, and the head of the answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Between two looks for what is to be delivered.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The ways a run can end.</summary>
internal static class WebhookEvents
{
    public static IReadOnlyList<string> All { get; } = ["succeeded", "failed", "cancelled", "lost"];
}

[OptionsValidator]
internal sealed partial class WebhookFiguresValidator : IValidateOptions<WebhookOptions>;
