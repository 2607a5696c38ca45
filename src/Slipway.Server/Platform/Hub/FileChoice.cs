namespace Slipway.Server.Platform.Hub;

/// <summary>The files of a repository that make one model.</summary>
/// <param name="Files">In the order of their names.</param>
/// <param name="Main">The file that is loaded, of a split model its first part; null where the folder is.</param>
/// <param name="Others">What else could have been chosen, as selectors.</param>
internal sealed record FileChoice(IReadOnlyList<RemoteFile> Files, string? Main, IReadOnlyList<string> Others);
