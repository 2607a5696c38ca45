namespace Slipway.Recipe.Exchanges;

/// <summary>Groups that are treated in a way of their own.</summary>
internal static class Groups
{
    public const string Identity = "identity";
    public const string Greetings = "greetings";
    public const string SmallTalk = "small-talk";
    public const string OddInput = "odd-input";
    public const string FollowUp = "conversation";

    /// <summary>Whether the words are no question, so that nobody puts "please tell me" before them.</summary>
    public static bool IsTalk(string group) => group is Greetings or SmallTalk or OddInput or FollowUp;
}
