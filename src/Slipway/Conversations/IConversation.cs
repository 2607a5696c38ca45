namespace Slipway.Conversations;

/// <summary>A conversation that remembers its turns, with a model here or behind a server.</summary>
internal interface IConversation : IAsyncDisposable
{
    /// <summary>Says something; the answer comes as it is made. It is remembered once it is complete.</summary>
    IAsyncEnumerable<string> SayAsync(string message, CancellationToken cancellationToken);
}
