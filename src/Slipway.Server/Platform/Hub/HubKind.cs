namespace Slipway.Server.Platform.Hub;

/// <summary>Whose protocol a hub of models speaks.</summary>
public enum HubKind
{
    HuggingFace,
    ModelScope,
}
