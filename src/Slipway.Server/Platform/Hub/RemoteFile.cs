namespace Slipway.Server.Platform.Hub;

/// <summary>A file of a repository as its hub lists it.</summary>
/// <param name="Path">From the repository's root, with slashes.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">In lower-case hexadecimal; null where the hub does not tell.</param>
/// <param name="GitId">The SHA-1 by which git knows its content, for files that git itself keeps.</param>
public sealed record RemoteFile(string Path, long Size, string? Sha256, string? GitId = null);

/// <summary>What a repository holds at one moment.</summary>
/// <param name="Commit">Forty hexadecimal digits that stand for exactly this.</param>
/// <param name="Files">At least one.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<RemoteFile> Files);
